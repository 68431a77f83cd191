// Package wording puts plans and reports into words for people: a verdict, one
// line for each usage, what is left to do, in zh-TW, en and ja, wrapped to the
// width of a terminal.
//
// The English texts are the keys of the other languages' tables (words_*.go), so
// that code reads as what it prints. A text without its translations fails a
// test. [Lang.Sentence] puts what the library itself says.
package wording
