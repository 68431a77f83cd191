// Package task writes what only a person can do after a machine's keys were
// replaced: plain text, in zh-TW, en and ja, under the row of the procedure it
// fulfils.
//
// The sentences are in text/<language>.tmpl, one template for each task, named
// ID/usage/kind ("V-1/tls/issued"), or ID/usage where the kind of certificate
// makes no difference. A new task is a new template in every file, and its ID
// in [IDs]; the tests hold the files to each other. Their language is that of
// text/template, or the part of it that they use (template.go).
package task
