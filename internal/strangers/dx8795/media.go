package dx8795

import (
	"embed"
	"net/http"
	"path"
	"strings"
)

//go:embed assets
var assets embed.FS

var mimeTypes = map[string]string{".css": "text/css", ".js": "text/javascript", ".gif": "image/gif"}

func media(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/media/")
	b, err := assets.ReadFile("assets/" + name)
	if path.Ext(name) == ".gif" {
		colour := map[bool]string{true: "\xc0\x20\x20", false: "\x30\x60\xa0"}[strings.Contains(name, "err") || strings.Contains(name, "nocert")]
		b, err = []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00"+colour+"\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"), nil
	}
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", mimeTypes[path.Ext(name)])
	w.Write(b)
}
