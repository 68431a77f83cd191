document.write('<a href="late.cgi?n=' + n + '">Late</a>');
