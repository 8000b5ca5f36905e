{{ k6_opts }}
	const name = "日本語 😀", a = ;
export default function () {}
