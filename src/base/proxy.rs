//! Which proxy the environment names for an address: the variables of curl, and Go's rule that this machine
//! itself is never asked through one (<https://pkg.go.dev/golang.org/x/net/http/httpproxy>).

use super::environment::Environment;

/// The proxy's address for `url`, if there is one: `https_proxy` or `http_proxy`, else `all_proxy`, in either
/// case, unless `no_proxy` names the host.
pub fn proxy(url: &str, environment: &Environment) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host_of(authority);
    if is_this_machine(host) || variable(environment, "no_proxy").is_some_and(|list| exempts(list, host)) {
        return None;
    }
    let named = variable(environment, &format!("{scheme}_proxy"));
    let named = named.or_else(|| variable(environment, "all_proxy"))?;
    Some(if named.contains("://") { named.to_owned() } else { format!("http://{named}") })
}

fn variable<'e>(environment: &'e Environment, name: &str) -> Option<&'e str> {
    environment.text(name).or_else(|| environment.text(&name.to_uppercase()))
}

/// `[::1]:80` and `host:80` without port and brackets.
fn host_of(authority: &str) -> &str {
    match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => authority.split(':').next().unwrap_or(authority),
    }
}

fn is_this_machine(host: &str) -> bool {
    let loopback = |address: std::net::IpAddr| address.is_loopback();
    host == "localhost" || host.parse().is_ok_and(loopback)
}

/// `example.com` stands for itself and all below it, `.example.com` only for what is below, `*` for all.
fn exempts(list: &str, host: &str) -> bool {
    list.split([',', ' ']).map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        let name = entry.trim_start_matches('*').trim_start_matches('.');
        let below = host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
        entry == "*" || host == entry || !name.is_empty() && below
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_chooses_the_proxy_and_this_machine_needs_none() {
        let environment = Environment::of([("http_proxy", "proxy:3128"), ("HTTPS_PROXY", "http://tls:1")]);
        assert_eq!(proxy("http://a.example/x", &environment).as_deref(), Some("http://proxy:3128"));
        assert_eq!(proxy("https://a.example:1", &environment).as_deref(), Some("http://tls:1"));
        for own in ["http://127.0.0.1:9090/", "http://me:p@localhost/", "https://[::1]:1/"] {
            assert_eq!(proxy(own, &environment), None, "{own}");
        }
        let any = Environment::of([("ALL_PROXY", "socks5://any:1")]);
        assert_eq!(proxy("http://a/", &any).as_deref(), Some("socks5://any:1"));
    }

    #[test]
    fn no_proxy_names_hosts_and_what_lies_below_them() {
        let with = |list: &str| {
            let environment = Environment::of([("http_proxy", "proxy:1"), ("no_proxy", list)]);
            ["http://b.example", "http://a.b.example", "http://xb.example"]
                .map(|url| proxy(url, &environment).is_some())
        };
        assert_eq!(with("b.example"), [false, false, true]);
        assert_eq!(with("c, .b.example"), [true, false, true]);
        assert_eq!(with("*"), [false, false, false]);
        assert_eq!(with("c"), [true, true, true]);
    }
}
