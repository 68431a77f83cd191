// Command fleet measures what many devices cost who works on them: docs/benchmarks.md.
// The devices are simulated in a process of their own, and what is measured is the
// other one.
//
//	go run ./fleet                   in internal/bench: 10, 100 and 1,000 devices, and a scan
//	go run ./fleet -devices 3000 -look -scan 0
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
)

var (
	sizes       = flag.String("devices", "10,100,1000", "how many devices, in turns")
	concurrency = flag.Int("concurrency", 200, "devices at once")
	endpoints   = flag.Int("scan", 1000, "TLS endpoints to scan; 0: none")
	serve       = flag.Int("serve", 0, "be so many devices (internal)")
	first       = flag.Int("first", 0, "the number of the first of them (internal)")
	answer      = flag.Int("answer", 0, "be so many TLS endpoints (internal)")
	client      = flag.Bool("client", false, "work on the devices of standard input (internal)")
	profiles    = flag.String("profile", "", "directory for profiles of processor time, of both processes, for each number")
	onlyLook    = flag.Bool("look", false, "look at the devices, and remediate none")
)

// The devices take this long to make a key and to restart: a sixtieth of a real one's
// minute.
const pause = time.Second

func main() {
	log.SetFlags(0)
	flag.Parse()
	switch {
	case *serve > 0:
		beDevices(*serve)
	case *answer > 0:
		beEndpoints(*answer)
	case *client:
		work()
	default:
		fmt.Printf("%d processors, load %s\n", runtime.NumCPU(), load())
		for _, text := range strings.Split(*sizes, ",") {
			n, err := strconv.Atoi(text)
			check(err)
			measure(n)
		}
		if *endpoints > 0 {
			scan(*endpoints)
		}
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func load() string {
	b, _ := os.ReadFile("/proc/loadavg")
	text, _, _ := strings.Cut(string(b), " ")
	return text
}

// other starts this program in another part, which first says something in a line and
// ends when its standard input does.
func other(flags ...string) (said []byte, end func()) {
	program, err := os.Executable()
	check(err)
	cmd := exec.Command(program, flags...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	check(err)
	out, err := cmd.StdoutPipe()
	check(err)
	check(cmd.Start())
	said, err = bufio.NewReaderSize(out, 1<<20).ReadBytes('\n')
	check(err)
	return said, func() { in.Close(); check(cmd.Wait()) }
}

// profiled begins a profile of processor time, if one is wanted, and returns what ends it.
func profiled(file string) (end func()) {
	if file == "" {
		return func() {}
	}
	f, err := os.Create(file)
	check(err)
	check(pprof.StartCPUProfile(f))
	return func() { pprof.StopCPUProfile(); check(f.Close()) }
}

// perProcess is how many devices a process can be: each listens at three ports, and
// systems bound the files of a process.
const perProcess = 5000

// devices starts the processes of the devices, and returns where they are.
func devices(n int, profile string) (urls []string, end func()) {
	var ends []func()
	for from := 0; from < n; from += perProcess {
		said, end := other("-serve", strconv.Itoa(min(perProcess, n-from)), "-first", strconv.Itoa(from), "-profile", profile)
		profile = "" // of the first
		var some []string
		check(json.Unmarshal(said, &some))
		urls, ends = append(urls, some...), append(ends, end)
	}
	return urls, func() {
		for _, end := range ends {
			end()
		}
	}
}

func beDevices(n int) {
	defer profiled(*profiles)()
	var urls []string
	for i := *first; i < *first+n; i++ {
		dev, err := simdevice.New(simdevice.Config{
			Seed: uint64(i + 1), Language: "en", Family: simdevice.FamilyAdvance, GenerateTime: pause, RestartTime: pause,
			Address: net.JoinHostPort(host(i), "0"), // as in a fleet, each has a host of its own
		})
		check(err)
		check(dev.Start())
		urls = append(urls, dev.URL())
	}
	check(json.NewEncoder(os.Stdout).Encode(urls))
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// spent is what the working process says.
type spent struct {
	Looked, Worked       time.Duration
	LookedCPU, WorkedCPU time.Duration
	Live, Peak           uint64
	LookRequests         int
	Requests, Done       int
	Failed               string // the first error
}

func measure(n int) {
	file := func(process string) string {
		if *profiles == "" {
			return ""
		}
		return filepath.Join(*profiles, fmt.Sprintf("%d.%s.cpu", n, process))
	}
	urls, end := devices(n, file("devices"))
	defer end()
	list, err := json.Marshal(urls)
	check(err)
	program, err := os.Executable()
	check(err)
	cmd := exec.Command(program, "-client", "-concurrency", strconv.Itoa(*concurrency), "-look="+strconv.FormatBool(*onlyLook), "-profile", file("client"))
	cmd.Stdin, cmd.Stderr = bytes.NewReader(list), os.Stderr
	out, err := cmd.Output()
	check(err)
	var s spent
	check(json.Unmarshal(out, &s))
	each := func(d time.Duration) float64 { return float64(d.Milliseconds()) / float64(n) }
	if *onlyLook {
		fmt.Printf("BenchmarkFleetLook/devices=%d 1 %.1f look-s %.0f look-cpu-ms/device %d look-requests/device %.2f live-MiB/device %d peak-MiB %s load\n",
			n, s.Looked.Seconds(), each(s.LookedCPU), s.LookRequests/n, float64(s.Live)/float64(min(n, *concurrency))/(1<<20), s.Peak>>20, load())
		if s.Failed != "" {
			fmt.Println(s.Failed)
		}
		return
	}
	fmt.Printf("BenchmarkFleet/devices=%d 1 %.1f look-s %.0f look-cpu-ms/device %d look-requests/device %.1f work-s %.0f work-cpu-ms/device %.2f live-MiB/device %d peak-MiB %d requests/device %s load\n",
		n, s.Looked.Seconds(), each(s.LookedCPU), s.LookRequests/n, s.Worked.Seconds(), each(s.WorkedCPU), float64(s.Live)/float64(min(n, *concurrency))/(1<<20), s.Peak>>20, s.Requests/n, load())
	if s.Done != n {
		fmt.Printf("only %d of %d are done: %s\n", s.Done, n, s.Failed)
	}
}

func cpu() time.Duration {
	var u syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// live is what garbage collection left last.
func live() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

func work() {
	var urls []string
	check(json.NewDecoder(os.Stdin).Decode(&urls))
	dir, err := os.MkdirTemp("", "rekey-bench")
	check(err)
	defer os.RemoveAll(dir)
	var most atomic.Uint64
	base := live()
	defer profiled(*profiles)()
	go func() {
		for range time.Tick(100 * time.Millisecond) {
			most.Store(max(most.Load(), live()))
		}
	}()
	devices := func(yield func(rekey.Device, error) bool) {
		for _, url := range urls {
			if !yield(rekey.Device{URL: url, DepartmentID: "7654321", Password: rekey.NewSecret("7654321"), TrustOnFirstUse: true, TLSPorts: []int{}}, nil) {
				return
			}
		}
	}
	o := &rekey.FleetOptions{Concurrency: *concurrency, MemoryLimit: int64(*concurrency) * 20 << 20, Waves: []rekey.Wave{}, Options: &rekey.Options{
		Dir: dir, AssumeTrusted: true, Timeouts: rekey.Timeouts{Poll: 200 * time.Millisecond, Request: 5 * time.Minute},
	}}
	var s spent
	o.Options.OnEvent = func(e rekey.Event) {
		if strings.Contains(e.Text, "begun again") {
			s.Failed = e.Device + ": " + e.Text
		}
	}
	began, before := time.Now(), cpu()
	for a, err := range rekey.AssessAll(context.Background(), devices, o) {
		if err != nil && s.Failed == "" {
			s.Failed = err.Error()
		}
		s.LookRequests += a.Requests
	}
	s.Looked, s.LookedCPU = time.Since(began), cpu()-before
	began, before = time.Now(), cpu()
	if *onlyLook {
		devices = func(func(rekey.Device, error) bool) {}
	}
	for r, err := range rekey.RemediateAll(context.Background(), devices, o) {
		s.Requests += r.Requests
		if rekey.FleetOutcomeOf(r.Exit, err) == rekey.FleetDone {
			s.Done++
		} else if s.Failed == "" {
			s.Failed = err.Error()
		}
	}
	s.Worked, s.WorkedCPU, s.Live = time.Since(began), cpu()-before, most.Load()-min(base, most.Load())
	status, _ := os.ReadFile("/proc/self/status")
	if _, rest, ok := strings.Cut(string(status), "VmHWM:"); ok {
		_, _ = fmt.Sscan(rest, &s.Peak)
		s.Peak <<= 10
	}
	check(json.NewEncoder(os.Stdout).Encode(s))
}

// host is a loopback address of its own for each endpoint.
func host(i int) string { return fmt.Sprintf("127.1.%d.%d", i/250, i%250+1) }

// beEndpoints answers at port 8443 of many addresses, and counts what comes to ports
// that print.
func beEndpoints(n int) {
	var certs []tls.Certificate
	for i := range 16 {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		check(err)
		template := &x509.Certificate{SerialNumber: big.NewInt(int64(i + 1)), NotAfter: time.Now().Add(time.Hour)}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		check(err)
		certs = append(certs, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key})
	}
	var printed atomic.Int64
	for i := range n {
		l, err := tls.Listen("tcp", net.JoinHostPort(host(i), "8443"), &tls.Config{Certificates: certs[i%len(certs):][:1], MaxVersion: tls.VersionTLS12})
		check(err)
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go func() { _ = c.(*tls.Conn).Handshake(); c.Close() }()
			}
		}()
		for _, port := range []string{"9100", "9107", "9999"} {
			trap, err := net.Listen("tcp", net.JoinHostPort(host(i), port))
			check(err)
			go func() {
				for {
					c, err := trap.Accept()
					if err != nil {
						return
					}
					printed.Add(1)
					c.Close()
				}
			}()
		}
	}
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	log.Printf("connections to ports that print: %d", printed.Load())
}

func scan(n int) {
	dir, err := os.MkdirTemp("", "rekey-bench")
	check(err)
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "scan")
	build := exec.Command("go", "build", "-o", program, "./examples/scan")
	build.Dir, build.Stderr = "../..", os.Stderr
	check(build.Run())
	var list strings.Builder
	for i := range n {
		fmt.Fprintln(&list, host(i))
	}
	file := filepath.Join(dir, "hosts")
	check(os.WriteFile(file, []byte(list.String()), 0o600))
	_, end := other("-answer", strconv.Itoa(n))
	cmd := exec.Command(program, "-f", file, "-port", "8443", "-rate", "10000", "-net-rate", "10000", "-parallel", "64", "-rounds", "100000")
	cmd.Stderr = os.Stderr
	began := time.Now()
	out, err := cmd.Output()
	took := time.Since(began)
	check(err)
	seen := bytes.Count(out, []byte("not-found"))
	u := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	fmt.Printf("BenchmarkScan/endpoints=%d 1 %.2f s %.2f cpu-s %d peak-MiB %d seen %s load\n",
		n, took.Seconds(), (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), u.Maxrss>>10, seen, load())
	end()
}
