//! Which addresses a server may be at: public ones only. Feeds come from strangers, and a stranger's
//! URL must not reach what lies behind our own door.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

/// The hosts an operator allows although their addresses are private.
#[derive(Debug, Clone, Default)]
pub struct Allowed(BTreeSet<String>);

impl Allowed {
    /// These hosts: names or addresses as they stand in a URL, without a port.
    #[must_use]
    pub fn new(hosts: &[String]) -> Self {
        Self(hosts.iter().map(|host| plain(host)).collect())
    }

    /// Whether this host is one of them.
    #[must_use]
    pub fn has(&self, host: &str) -> bool {
        self.0.contains(&plain(host))
    }
}

/// Hosts that a server of ours plays, and where it listens: the sample market's. Their names are not
/// looked up, and the guard lets them through.
#[derive(Debug, Clone, Default)]
pub struct Places(BTreeMap<String, SocketAddr>);

impl Places {
    /// These hosts, all played at one address.
    #[must_use]
    pub fn all_at<'h>(hosts: impl IntoIterator<Item = &'h str>, address: SocketAddr) -> Self {
        Self(hosts.into_iter().map(|host| (plain(host), address)).collect())
    }

    /// Where this host is played, if it is.
    #[must_use]
    pub fn of(&self, host: &str) -> Option<SocketAddr> {
        self.0.get(&plain(host)).copied()
    }
}

/// An address that is not asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{host} is at {address}, {what}")]
pub struct Forbidden {
    /// The host that was asked for.
    pub host: String,
    /// Where it is.
    pub address: IpAddr,
    /// What kind of address that is.
    pub what: &'static str,
}

/// Checks a URL whose host is an address written out; names are checked once they are resolved.
///
/// # Errors
/// [`Forbidden`] where the address is not public and its host not allowed.
pub fn check_literal(url: &Url, allowed: &Allowed) -> Result<(), Forbidden> {
    let address = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        Some(Host::Domain(_)) | None => return Ok(()),
    };
    check(&address.to_string(), address, allowed)
}

/// Checks one address of a host.
///
/// # Errors
/// [`Forbidden`] where the address is not public and its host not allowed.
pub fn check(host: &str, address: IpAddr, allowed: &Allowed) -> Result<(), Forbidden> {
    match not_public(address) {
        Some(what) if !allowed.has(host) => Err(Forbidden { host: host.to_owned(), address, what }),
        _ => Ok(()),
    }
}

/// What an address is where it is not a public unicast one; from IANA's special-purpose registries.
#[must_use]
pub fn not_public(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => not_public_v4(address),
        IpAddr::V6(address) => not_public_v6(address),
    }
}

/// IPv4 blocks: first address, prefix length, what it is.
const V4: &[([u8; 4], u32, &str)] = &[
    ([0, 0, 0, 0], 8, "an address of this network"),
    ([10, 0, 0, 0], 8, "a private address"),
    ([100, 64, 0, 0], 10, "an address inside a provider's network"),
    ([127, 0, 0, 0], 8, "this machine itself"),
    // Azure's metadata server stands in a public block.
    ([168, 63, 129, 16], 32, "a cloud's metadata server"),
    ([169, 254, 0, 0], 16, "a link-local address (cloud metadata)"),
    ([172, 16, 0, 0], 12, "a private address"),
    ([192, 0, 0, 0], 24, "a reserved address"),
    ([192, 0, 2, 0], 24, "an address for examples"),
    ([192, 88, 99, 0], 24, "a reserved address"),
    ([192, 168, 0, 0], 16, "a private address"),
    ([198, 18, 0, 0], 15, "an address for benchmarks"),
    ([198, 51, 100, 0], 24, "an address for examples"),
    ([203, 0, 113, 0], 24, "an address for examples"),
    ([224, 0, 0, 0], 4, "a multicast address"),
    ([240, 0, 0, 0], 4, "a reserved address"),
];

/// IPv6 blocks: first address, prefix length, what it is. All within what is checked after the
/// addresses that carry an IPv4 address.
const V6: &[(Ipv6Addr, u32, &str)] = &[
    (Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), 48, "a translated local address"),
    (Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0), 64, "a discarded address"),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, "a reserved address"),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, "an address for examples"),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, "an address for examples"),
    (Ipv6Addr::new(0x5f00, 0, 0, 0, 0, 0, 0, 0), 16, "a routing segment"),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, "a private address"),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, "a link-local address"),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, "a private address"),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, "a multicast address"),
];

fn not_public_v4(address: Ipv4Addr) -> Option<&'static str> {
    let bits = u32::from(address);
    V4.iter().find_map(|(first, length, what)| {
        let mask = u32::MAX << (32 - length);
        (bits & mask == u32::from_be_bytes(*first)).then_some(*what)
    })
}

fn not_public_v6(address: Ipv6Addr) -> Option<&'static str> {
    if address.is_loopback() {
        return Some("this machine itself");
    }
    if let Some(inner) = v4_within(address) {
        return not_public_v4(inner);
    }
    let bits = u128::from(address);
    V6.iter().find_map(|(first, length, what)| {
        let mask = u128::MAX << (128 - length);
        (bits & mask == u128::from(*first)).then_some(*what)
    })
}

/// The IPv4 address that a mapped, compatible, NAT64 or 6to4 address leads to.
fn v4_within(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let from = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Some(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => {
            from(high, low)
        }
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => from(high, low),
        _ => None,
    }
}

fn plain(host: &str) -> String {
    host.trim().trim_matches(['[', ']']).trim_end_matches('.').to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(address: &str) -> Option<&'static str> {
        not_public(address.parse().unwrap())
    }

    #[test]
    fn public_addresses_may_be_asked() {
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.169.0.1",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2a00:1450:4001:80b::200e",
            "64:ff9b::101:101",
            "2002:101:101::1",
        ] {
            assert_eq!(what(address), None, "{address}");
        }
    }

    #[test]
    fn everything_else_may_not_however_it_is_written() {
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.0.9",
            "168.63.129.16",
            "169.254.169.254",
            "172.31.255.255",
            "192.0.0.192",
            "192.168.1.1",
            "198.19.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::ffff:0:10.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(what(address).is_some(), "{address}");
        }
    }

    #[test]
    fn a_url_with_an_odd_spelling_of_loopback_is_found() {
        let allowed = Allowed::default();
        for url in [
            "http://127.1/",
            "http://0x7f.1/",
            "http://2130706433/",
            "http://017700000001/",
            "http://[::ffff:7f00:1]/",
            "http://127.0.0.1./",
        ] {
            assert!(check_literal(&Url::parse(url).unwrap(), &allowed).is_err(), "{url}");
        }
    }

    #[test]
    fn an_allowed_host_passes_whatever_its_case_and_brackets() {
        let allowed = Allowed::new(&["Intranet.example.".into(), "[::1]".into()]);
        let address = "10.0.0.1".parse().unwrap();
        assert_eq!(check("intranet.EXAMPLE", address, &allowed), Ok(()));
        assert!(check("other.example", address, &allowed).is_err());
        assert_eq!(check_literal(&Url::parse("http://[::1]/").unwrap(), &allowed), Ok(()));
    }
}
