package adv8595iii

var statusItems = [][4]string{ // heading, text, cgi, CorePGTAG
	{"Job Status", "Print", "jstatpri.cgi", "1"}, {"", "Send", "jstattx.cgi", "3"}, {"", "Receive", "jstatrx.cgi", "5"},
	{"Job Log", "Print", "jlp.cgi", "2"}, {"", "Send", "jls.cgi", "4"}, {"", "Receive", "jlr.cgi", "6"},
	{"Device", "Device Status", "dstatus.cgi", "11"}, {"", "Device Information", "dinfo.cgi", "13"}, {"", "Check Counter", "dcounter.cgi", "14"},
}

func (c *ctx) statusMenu() {
	c.p("<dl>")
	for _, e := range statusItems {
		if e[0] != "" {
			c.p("<dt>%s</dt>", e[0])
		}
		c.p(`<dd><a href="%s">%s</a></dd>`, esc(c.u("/rps/"+e[2], "CorePGTAG", e[3])), e[1])
	}
	c.p("</dl>")
}

func jobPage(title, none string) func(*ctx) {
	return func(c *ctx) {
		c.begin("status", title)
		c.p("<div class=\"ItemListComponent\"><table class=\"ItemListComponent\"><tr><th>No.</th><th>Job Name</th><th>Status</th></tr>\n<script type=\"text/javascript\">\n//<![CDATA[\nvar jobList = {};\nwrite_jobs(jobList,\"%s\");\n//]]>\n</script></table></div>\n", none)
		c.end()
	}
}

func (c *ctx) dinfo() {
	c.begin("status", "Device Information")
	table := func(h string, kv ...string) {
		c.p("<h2>%s</h2>\n<table class=\"ItemListComponent\">\n", h)
		for i := 0; i < len(kv); i += 2 {
			c.p("<tr><th>%s</th><td>%s</td></tr>\n", kv[i], kv[i+1])
		}
		c.p("</table>\n")
	}
	table("Basic Information", "Product Name", modelName, "Serial Number", "XLS04417", "Device Name", deviceName, "Location", "2F copy room", "Administrator", "Facilities")
	table("Version Information", "Controller", firmware, "Printer Engine", "08.21", "Scanner", "03.02", "Finisher-X1", "05.10", "FAX1", "01.04", "Language (English)", "38.10")
	table("Installed Options", "Super G3 FAX Board", "Installed", "IP Fax", "Installed", "Access Management System", "Enabled")
	c.end()
}

func (c *ctx) dstatus() {
	c.begin("status", "Device Status")
	c.p("<table class=\"ItemListComponent\"><tr><th>Printer</th><td>Sleeping.</td></tr><tr><th>Scanner</th><td>Sleeping.</td></tr><tr><th>Fax</th><td>Ready to send or receive fax.</td></tr></table>\n")
	c.end()
}

func (c *ctx) dcounter() {
	c.begin("status", "Check Counter")
	c.p("<table class=\"ItemListComponent\">\n<script type=\"text/javascript\">\n//<![CDATA[\nwrite_value(\"101 Total 1\", 418277);\nwrite_value(\"103 Total (Large)\", 9120);\nwrite_value(\"301 Print (Total 1)\", 300911);\nwrite_value(\"501 Scan (Total 1)\", 88104);\n//]]>\n</script>\n</table>\n")
	c.end()
}

func (c *ctx) addressList() {
	c.begin("status", "Address Lists")
	c.p("<p>No destinations are registered.</p>\n")
	c.end()
}
