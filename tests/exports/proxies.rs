//! The proxies that the environment names.

use base64::prelude::{BASE64_STANDARD, Engine as _};

use crate::access::Kind;
use crate::access::{export, measured};
use crate::authority::{Authority, Clients};
use crate::proxy::Proxy;
use crate::tls::serve;

/// Only the proxy knows it.
const HOST: &str = "results.example";

#[test]
fn a_destination_elsewhere_is_reached_through_the_proxy_of_its_scheme() {
    let space = measured();
    let authority = Authority::new();
    space.write("certs/ca.pem", &authority.pem);
    for kind in Kind::all() {
        let tls = serve(&authority, HOST, kind.address(), Clients::Any);
        for (scheme, behind, lines) in
            [("https", tls.address.as_str(), "ca = \"certs/ca.pem\""), ("http", kind.address(), "")]
        {
            let name = format!("{HOST}:8443");
            let proxy = Proxy::start(&name, behind);
            let variable = format!("{}_PROXY", scheme.to_uppercase());
            let address = format!("http://carl:sesame-0815@{}", proxy.site.address);
            kind.configure(&space, &format!("{scheme}://{name}"), lines);
            let before = kind.requests().len();
            let said = export(&space, &kind, &[(&variable, &address)]).expect_code(0);
            assert!(kind.requests().len() > before, "{} {scheme}: nothing came", kind.name);
            let heads = proxy.heads();
            let user = format!("basic {}", BASE64_STANDARD.encode("carl:sesame-0815").to_lowercase());
            assert!(!heads.is_empty() && heads.iter().all(|head| head.contains(&name)), "{heads:?}");
            assert!(heads.iter().all(|head| head.to_lowercase().contains(&user)), "{heads:?}");
            let told = format!("{}{}", said.stdout, said.stderr);
            assert!(!told.contains("sesame"), "{told}");
            // The other scheme's proxy is none for it, and neither is one for a host that is exempt.
            let other = if scheme == "https" { "HTTP_PROXY" } else { "HTTPS_PROXY" };
            let exempt = [(variable.as_str(), address.as_str()), ("NO_PROXY", "localhost,.example")];
            for environment in [&[(other, address.as_str())][..], &exempt] {
                let said = export(&space, &kind, environment).expect_code(5);
                assert!(!said.stderr.contains("sesame"), "{}", said.stderr);
                assert_eq!(proxy.heads().len(), heads.len(), "{} {scheme}: the proxy was asked", kind.name);
            }
        }
    }
}

#[test]
fn this_machine_is_never_asked_through_a_proxy() {
    let space = measured();
    for kind in Kind::all() {
        let proxy = Proxy::start("nobody:1", "127.0.0.1:1");
        let address = format!("http://{}", proxy.site.address);
        for host in ["127.0.0.1", "localhost"] {
            let url = format!("http://{}", kind.address().replace("127.0.0.1", host));
            kind.configure(&space, &url, "");
            let environment =
                [("HTTP_PROXY", address.as_str()), ("ALL_PROXY", &address), ("http_proxy", &address)];
            export(&space, &kind, &environment).expect_code(0);
        }
        assert!(proxy.heads().is_empty(), "{:?}", proxy.heads());
    }
}

#[test]
fn a_proxy_that_is_away_or_refuses_is_told_without_its_user() {
    let space = measured();
    for kind in Kind::all() {
        kind.configure(&space, &format!("http://{HOST}"), "");
        for gone in ["http://carl:sesame-0815@127.0.0.1:1", "http://carl:sesame-0815@no such proxy"] {
            let said = export(&space, &kind, &[("HTTP_PROXY", gone)]).expect_code(5);
            assert!(!said.stderr.contains("sesame"), "{}", said.stderr);
        }
        let proxy = Proxy::start("nobody:1", "127.0.0.1:1");
        let address = format!("http://carl:sesame-0815@{}", proxy.site.address);
        let said = export(&space, &kind, &[("HTTP_PROXY", address.as_str())]).expect_code(5);
        assert!(!proxy.heads().is_empty() && !said.stderr.contains("sesame"), "{}", said.stderr);
    }
}
