package scrub

// Error takes the secrets out of the text of an error; what it is stays, for
// errors.Is and errors.As.
func (s *Scrubber) Error(err error) error {
	if err == nil {
		return nil
	}
	if text := err.Error(); s.Message(text) != text {
		return &cleanError{s.Message(text), err}
	}
	return err
}

// cleanError shows another error without the secrets in its text.
type cleanError struct {
	text string
	err  error
}

func (e *cleanError) Error() string { return e.text }

// Unwrap returns the error itself.
func (e *cleanError) Unwrap() error { return e.err }
