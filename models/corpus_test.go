package models_test

import (
	"testing"

	"github.com/rekey-go/rekey/internal/corpus"
	"github.com/rekey-go/rekey/models"
)

const versionsTable = "testdata/corpus/versions.tsv"

// Versions as pages show them: nobody but us reads them.
func TestCorpusVersions(t *testing.T) {
	t.Parallel()
	corpus.Check(t, versionsTable, true, func(text []byte) (goes, ours string) {
		v, err := models.ParseVersion(string(text))
		if err != nil {
			return "-", "refuses"
		}
		return "-", v.String()
	})
}
