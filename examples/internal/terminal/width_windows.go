package terminal

import "golang.org/x/sys/windows"

// columnsOf is zero where the terminal does not say.
func columnsOf(fd uintptr) int {
	var info windows.ConsoleScreenBufferInfo
	if windows.GetConsoleScreenBufferInfo(windows.Handle(fd), &info) != nil {
		return 0
	}
	return int(info.Window.Right-info.Window.Left) + 1
}
