"""Reads moduli in hex; prints CPU nanoseconds per key for 100 rounds of Fermat's
method on each, and for one integer square root."""

import sys
import time

import gmpy2


def fermat(n, rounds):
    a = gmpy2.isqrt(n)
    for _ in range(rounds):
        a += 1
        if gmpy2.is_square(a * a - n):
            return True
    return False


moduli = [gmpy2.mpz(line, 16) for line in sys.stdin]


def measure(times, work):
    began = time.process_time_ns()
    for _ in range(times):
        for n in moduli:
            work(n)
    return (time.process_time_ns() - began) / (times * len(moduli))


print(measure(2000, lambda n: fermat(n, 100)), measure(100000, gmpy2.isqrt))
