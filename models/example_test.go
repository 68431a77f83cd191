package models_test

import (
	"fmt"

	"github.com/rekey-go/rekey/models"
)

// The table of the advisory.
func ExampleAll() {
	n := 0
	for row := range models.All() {
		if n++; n == 1 {
			fmt.Println(row.Name, row.From, row.To)
		}
	}
	fmt.Println(n > 20, models.Advisory != "")
	// Output:
	// iR-ADV 4545 59.39 67.30
	// true true
}

// A name on a page, where no label names it.
func ExampleLooksLikeModel() {
	for _, text := range []string{"iR-ADV C5560 III", "imagePRESS Lite C165", "Remote UI"} {
		fmt.Println(text, models.LooksLikeModel(text))
	}
	// Output:
	// iR-ADV C5560 III true
	// imagePRESS Lite C165 true
	// Remote UI false
}
