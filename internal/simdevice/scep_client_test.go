package simdevice

import (
	"context"
	"time"
)

// scepInput is what the form of a SCEP request is filled with.
type scepInput struct {
	name, cn, org, challenge, use string
	hash, length                  int // indices
}

func scepFor(name string) scepInput {
	return scepInput{name: name, cn: "printer.example", org: "Example", length: 1}
}

func (c *client) toSCEP() {
	c.t.Helper()
	c.enterNative()
	c.open(PageSettings)
	c.open(PageManagement)
	c.open(PageSCEP)
}

// requestSCEP sends a request.
func (c *client) requestSCEP(in scepInput) {
	c.t.Helper()
	l := c.d.lay
	c.toSCEP()
	c.open(PageSCEPRequest)
	use := 3
	for i, u := range scepUses {
		if u == in.use {
			use = i
		}
	}
	c.write(PageSCEPRequest, PageSCEPRequest, Field{l.name(fieldSCEPName), in.name}, Field{l.name(fieldSCEPHash), l.hashOptions()[in.hash].value},
		Field{l.name(fieldSCEPLength), l.scepLengthOptions()[in.length].value}, Field{l.name(fieldSCEPOrg), in.org}, Field{l.name(fieldSCEPCN), in.cn},
		Field{l.name(fieldChallenge), in.challenge}, Field{l.name(fieldSCEPUse), l.scepUseOptions()[use].value})
}

// awaitSCEP waits until no request is under way.
func (c *client) awaitSCEP() {
	c.t.Helper()
	c.awaitState("the SCEP request does not end", func() bool { return c.d.enrol == nil })
}

// awaitState waits for something inside the device.
func (c *client) awaitState(otherwise string, reached func() bool) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 20*time.Second)
	defer cancel()
	for {
		c.d.mu.Lock()
		done := reached()
		c.d.mu.Unlock()
		if done {
			return
		}
		select {
		case <-ctx.Done():
			c.t.Fatal(otherwise)
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// setTimer ticks or unticks the timer.
func (c *client) setTimer(on bool) {
	c.t.Helper()
	c.toSCEP()
	c.open(PageSCEPTimer)
	fields := c.entries(PageSCEPTimer)
	name := c.d.lay.name(entryField(PageSCEPTimer, 0))
	if fields[0].Name == name { // is ticked
		fields = fields[1:]
	}
	if on {
		fields = append(fields, Field{name, "1"})
	}
	c.write(PageSCEPTimer, PageSCEPTimer, append([]Field{{name, ""}}, fields...)...)
}

// setServer writes the communication settings, where their form is.
func (c *client) setServer(url, port string) {
	c.t.Helper()
	c.toSCEP()
	on := PageSCEP
	if c.d.lay.scepServerStyle() != scepServerInline {
		c.open(PageSCEPServer)
		on = PageSCEPServer
	}
	field := func(i int) string { return c.d.lay.name(entryField(PageSCEPServer, i)) }
	c.write(on, PageSCEPServer, Field{field(entrySCEPURL), url}, Field{field(entrySCEPPort), port}, Field{field(entrySCEPTimeout), "20"})
}

// server is what the device has set.
func (c *client) server() scepServer {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	return c.d.scepServer()
}
