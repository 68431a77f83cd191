"""Fermat's method with what badkeys asks of GMP in each round. Reads moduli in
hex; prints nanoseconds per key for 100 rounds on each, and for one integer
square root: the shortest of many batches."""

import sys
import time

import gmpy2


def fermat(n, rounds):
    a = gmpy2.isqrt(n)
    for _ in range(rounds):
        a += 1
        if gmpy2.is_square(a**2 - n):
            return True
    return False


moduli = [gmpy2.mpz(line, 16) for line in sys.stdin]


def measure(batches, times, work):
    best = None
    for _ in range(batches):
        began = time.perf_counter_ns()
        for _ in range(times):
            for n in moduli:
                work(n)
        took = (time.perf_counter_ns() - began) / (times * len(moduli))
        best = took if best is None else min(best, took)
    return best


print(measure(3000, 1, lambda n: fermat(n, 100)), measure(3000, 50, gmpy2.isqrt))
