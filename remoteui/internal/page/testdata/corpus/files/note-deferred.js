note('Def');
