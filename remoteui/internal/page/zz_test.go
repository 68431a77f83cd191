package page
import ("testing";"fmt";"strings";"syscall";"time"; "github.com/rekey-go/rekey/remoteui/internal/script")
func cpu() time.Duration { var r syscall.Rusage; syscall.Getrusage(1, &r); return time.Duration(r.Utime.Nano()+r.Stime.Nano()) } // RUSAGE_THREAD
func measure(src string, parts map[string]string) time.Duration {
  p:=script.NewPrelude(src, parts)
  best:=time.Hour
  for range 12 { 
    b:=cpu()
    for range 40 { vm,err:=script.New(p, func(a []any)(any,error){ if a[0]=="frames"{return 0.0,nil}; return "",nil}, 32<<20, ""); if err!=nil{panic(err)}; vm.Close() }
    if d:=(cpu()-b)/40; d<best {best=d}
  }
  return best
}
func TestZZ(t *testing.T){
  lock()
  full:=preludeSource()
  cut:=func(s,from,to string) string { i:=strings.Index(s,from); if i<0{panic(from)}; j:=strings.Index(s[i:],to); if j<0{panic(to)}; return s[:i]+s[i+j:] }
  fmt.Println("empty", measure("(()=>1)",nil))
  fmt.Println("full ", measure(full,preludeParts()))
  h:=cut(full,"for (const name of handlerNames)","// nameGlobals makes")
  fmt.Println("no handlers", measure(h,nil))
  pp:=cut(h,"for (const k in properties)","// lazily makes")
  fmt.Println("no props loop", measure(pp,nil))
  pq:=cut(pp,"for (const k of ['HTMLElement', 'HTMLFormElement'","defineProperty(window, 'location'")
  fmt.Println("no lazily", measure(pq,nil))
  pr:=cut(pq,"const properties =","const property =")
  fmt.Println("no props lit", measure(pr,nil))
  fmt.Println("body not run", measure("(()=>{ return 1; "+full+"})()",nil))
  fmt.Println("body not run, 1 fn", measure("(()=>{ if (0) { var f=()=>{"+full+"} } return 1})()",nil))
  for i,n:=range preludeNames("js/*.js") { _ = i; fmt.Println("size", n, len(preludeFile(n))) }
}
