package remoteui_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// What stands on the pages, by names that no language changes. A text that no public
// document prints is not verified.
func ExampleLabelTexts() {
	fmt.Println(remoteui.Languages())
	for _, language := range []string{"en", "ja"} {
		for _, text := range remoteui.LabelTexts(language, labels.KeyAndCertificate) {
			fmt.Println(language, text.Text, text.Verified)
		}
	}
	// Output:
	// [de en es fr it ja ko zh-CN zh-TW]
	// en Key and Certificate false
	// en Key and Certificate... false
	// ja 鍵と証明書 true
	// ja 鍵と証明書... false
}

// What a device says of a request that it was given: no, or not yet.
func ExampleDenies() {
	for _, words := range []string{"Failed", "Processing", "Completed"} {
		fmt.Println(words, "denies:", remoteui.Denies(words), "delays:", remoteui.Delays(words))
	}
	// Output:
	// Failed denies: true delays: false
	// Processing denies: false delays: true
	// Completed denies: false delays: false
}

// A profile in a file; ParseProfile has its form.
func ExampleLoadProfile() {
	file := filepath.Join(os.TempDir(), "no such profile.json")
	_, err := remoteui.LoadProfile(file)
	fmt.Println(errors.Is(err, fs.ErrNotExist))
	// Output:
	// true
}
