package scrub

import "reflect"

// Value returns a copy of a value in whose texts, wherever they lie, [Scrubber.Message]
// has been. Texts are of the type string: other types of strings are words of
// ours. Bytes (certificates) and unexported fields stay as they are.
func Value[T any](s *Scrubber, v T) T {
	if s == nil {
		return v
	}
	out := reflect.New(reflect.TypeFor[T]()).Elem()
	s.copy(out, reflect.ValueOf(&v).Elem())
	return out.Interface().(T)
}

var textType = reflect.TypeFor[string]()

func (s *Scrubber) copy(to, from reflect.Value) {
	to.Set(from)
	switch from.Kind() {
	case reflect.String:
		if from.Type() == textType {
			to.SetString(s.Message(from.String()))
		}
	case reflect.Struct:
		for i := range from.NumField() {
			if from.Type().Field(i).IsExported() {
				s.copy(to.Field(i), from.Field(i))
			}
		}
	case reflect.Pointer:
		if !from.IsNil() {
			to.Set(reflect.New(from.Type().Elem()))
			s.copy(to.Elem(), from.Elem())
		}
	case reflect.Slice:
		if from.IsNil() || from.Type().Elem().Kind() == reflect.Uint8 {
			return
		}
		to.Set(reflect.MakeSlice(from.Type(), from.Len(), from.Len()))
		for i := range from.Len() {
			s.copy(to.Index(i), from.Index(i))
		}
	case reflect.Map:
		if from.IsNil() {
			return
		}
		to.Set(reflect.MakeMapWithSize(from.Type(), from.Len()))
		for it := from.MapRange(); it.Next(); {
			key, value := reflect.New(from.Type().Key()).Elem(), reflect.New(from.Type().Elem()).Elem()
			s.copy(key, it.Key())
			s.copy(value, it.Value())
			to.SetMapIndex(key, value)
		}
	}
}
