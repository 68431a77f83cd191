package page
import "runtime"
func lock(){ runtime.LockOSThread() }
