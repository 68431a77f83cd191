function logout(){top.location.href='/rps/logout.cgi?Dummy='+new Date().getTime();}
