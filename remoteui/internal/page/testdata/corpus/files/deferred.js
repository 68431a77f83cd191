document.write("ignored, as in browsers");
document.body.insertAdjacentHTML('beforeend', '<a href="late.cgi">Late</a>');
