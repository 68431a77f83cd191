package weaktest

import "math/big"

// Published are the moduli of two real devices, of 2048 bits (a Canon printer)
// and of 4096, which Let's Encrypt published in the tests of its CA. In both, one
// prime is the very next after the other.
func Published() []*big.Int {
	var all []*big.Int
	for _, text := range []string{canonPrinter2048, innsbruckPrinter4096} {
		all = append(all, number(text))
	}
	return all
}

// PublishedROCA is a modulus of 2048 bits made by Infineon's library, which
// badkeys has among its tests.
func PublishedROCA() *big.Int { return number(infineon2048) }

func number(text string) *big.Int {
	n, ok := new(big.Int).SetString(text, 16)
	if !ok {
		panic("not a hexadecimal number: " + text)
	}
	return n
}

const (
	canonPrinter2048 = "" +
		"bfa23dc4c7b4166b7bd64c2fd897bf34ad79272e80dfc47f31e46e631be60ba7" +
		"339aa0ecf6b1ebb1d31d60d415bdebcbe2da6351fba728ef015b682756a2bb87" +
		"6867f54a35c16b8b05b19d925bb384c8f8a2fec95428683bf8d6c8a7c8463767" +
		"bc8772b372629a664d8c2c8ddd55554646c807106a604725a6a763ef74af7ac2" +
		"97fdc5f861baecf6d413bd036ea57aa4ed5cd98fb855c526ca198d81de621de4" +
		"643748e673a2f6692e0aabfc0008e6406c7c9292b4a3c66fa3709736153d9f67" +
		"77794ac5c328fd795c1c2800d00ee414c945d0ec4bcc03be82a9fe757ccb9103" +
		"21f1c5acdc0c181e773e4de180df380b42774d7ab66d129bda0addc6f380a151"

	innsbruckPrinter4096 = "" +
		"a408629e26cc81bc9a5a99d46a521d9d2d4ca961deab97c4223f4639dfc5d8b8" +
		"3601c784d51d5ec90a8cf6fe6fc399b2be98f9dce565e139f75c8b6c869634b7" +
		"4cb8576b02ca9605e27b04b8385060fc526dfa1a3ef615933a078a60e13437eb" +
		"410a3c15b6132670650d7c4ffb130389eb20226d002d0ad94d58d459333b6e5b" +
		"2358f5f29999cd6da48c15e9af11b9b35c980071ccff86bc96de00a03fb5fe5f" +
		"0769683277d6a2be89810eefe73848d30c66c7e12215f04addce549f182e6bba" +
		"54834dd74ddea32c80aadf366090ffeefb512cf6cf7d0240db947f3e9bf86f83" +
		"4d399b21e18798365ff6cae6d909aa978f852480a17a14f31824617b45955825" +
		"cf10485630ce430ae93ece8f882df482ca36d920a667cf88f80751c9b16d5994" +
		"fb6a9dd881fd485a94900a49c7f83717377dc97cc9260675b967f347aed7f883" +
		"7d5f471a6503bc3869e7f05385ddbf1f598049075d69448086d352d6a12e787b" +
		"3c6fbc8d52df3cc5f569533e51310faab9279aeabff903b3e494fc5a17953e3d" +
		"7cb801317b10d8f348fa71a678e14a86d438b7a91b35bbd4ec8845e0ac20861d" +
		"b2f03119b609fbff627648abea38786c700717c104dc3f3df16dbf10801d081b" +
		"adef0807e4076940075bc5dda003d28e9c817a21adcddc5e8b43c9c14f3d50d0" +
		"dc0b6f9c9f9887116fb03b537d8d3a06657f1e50a314dc1b7d2848eaa94ef5e7"

	infineon2048 = "" +
		"9132ad211fcc0dfb4dae48326ac864c227e4b394b09bd1c4930e197028a3c907" +
		"694d2b489e4f69754aeae338c6ead939c57f406985cbbb8edf9a2055cc2946bc" +
		"05d365ba67e896c6d4811152cfa2d290514f90b352eeef27feb72fbd8dcd5bc9" +
		"15a4f4494139cc1ca10a3244fa97e53275f57b5529b4e767379007798e112a4b" +
		"a056c7b75cedb132cdf21f7bd3c9976d9da38815153477a13b3ebb2046d100a8" +
		"51dc00698f530d19396f00fbef2c4bf1659ebc4c7fd9556b5ffc93f03ca2d3df" +
		"acd222a5f028ab430a27ea31136c0c2f50c3c481931a635a37780f00d2727ae7" +
		"1aee9b40f8d1aae68535c77a56317812beb5525d4a28364f31224acac52cf72d"
)
