// Package unpack undoes the encodings of an HTTP answer's body. None is asked for
// (Accept-Encoding: identity), but there are devices and servers that pack
// without being asked.
package unpack

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Body unpacks the body of an answer with these headers. What comes out is at most
// limit octets, so that a small answer cannot become a large one.
func Body(body []byte, header http.Header, limit int64) ([]byte, error) {
	encodings := strings.Join(header.Values("Content-Encoding"), ",")
	names := strings.Split(encodings, ",")
	if len(names) > maxEncodings {
		return nil, fmt.Errorf("answer is packed %d times", len(names))
	}
	for i := len(names) - 1; i >= 0; i-- { // the last one was put on last
		if len(body) == 0 {
			return body, nil // of an answer without a page
		}
		in, err := unpacker(strings.ToLower(strings.TrimSpace(names[i])), body)
		if err != nil {
			return nil, err
		}
		if in == nil {
			continue
		}
		if body, err = io.ReadAll(io.LimitReader(in, limit+1)); err != nil {
			return nil, fmt.Errorf("answer cannot be unpacked: %w", err)
		}
		if int64(len(body)) > limit {
			return nil, fmt.Errorf("answer is larger than %d bytes when unpacked", limit)
		}
	}
	return body, nil
}

const maxEncodings = 3

// unpacker reads one encoding; nil: there is none.
func unpacker(name string, body []byte) (io.Reader, error) {
	switch name {
	case "", "identity":
		return nil, nil
	case "gzip", "x-gzip":
		in, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, fmt.Errorf("answer cannot be unpacked: %w", err)
		}
		return in, nil
	case "deflate":
		// By the standard it is zlib's format; servers have sent the bare one, too.
		in, err := zlib.NewReader(bytes.NewReader(body))
		if err != nil {
			return flate.NewReader(bufio.NewReader(bytes.NewReader(body))), nil
		}
		return in, nil
	}
	return nil, fmt.Errorf("answer is packed by %q, which was not asked for", name[:min(len(name), 20)])
}
