package otherdevice

// styles are all devices, in the order of [Styles].
var styles = []*style{xhtml, script, modern, english, japanese, manager, pincode, frames}
