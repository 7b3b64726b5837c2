//! What a proxy says of a client, if it is trusted: the address that the client counts under, and whether it spoke TLS.

use ipnet::IpNet;
use std::net::IpAddr;

/// Walks from the peer towards the client, for as long as the next hop is told by a trusted proxy.
pub(crate) fn client_address(peer: IpAddr, forwarded_for: &[&str], trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    let mut address = peer.to_canonical();
    let hops = forwarded_for
        .iter()
        .rev()
        .flat_map(|header| header.rsplit(','));
    for hop in hops {
        if !is_trusted(&address) {
            break;
        }
        let Ok(next) = hop.trim().parse::<IpAddr>() else {
            break;
        };
        address = next.to_canonical();
    }
    address
}

/// Whether the client's own connection, the outermost one, was TLS: as the nearest proxy says, if that is a trusted one.
pub(crate) fn client_spoke_tls(
    peer: IpAddr,
    forwarded_proto: Option<&str>,
    trusted: &[IpNet],
) -> bool {
    let peer = peer.to_canonical();
    let is_trusted = trusted.iter().any(|net| net.contains(&peer));
    // A chain of proxies lists the client's first.
    let proto = forwarded_proto.and_then(|list| list.split(',').next());
    is_trusted
        && proto.is_some_and(|proto| {
            let proto = proto.trim();
            proto.eq_ignore_ascii_case("https") || proto.eq_ignore_ascii_case("wss")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(peer: &str, forwarded_for: &[&str], expected: &str) {
        let trusted = [
            "127.0.0.0/8".parse().unwrap(),
            "10.0.0.0/8".parse().unwrap(),
        ];
        let address = client_address(peer.parse().unwrap(), forwarded_for, &trusted);
        assert_eq!(address, expected.parse::<IpAddr>().unwrap());
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        check("192.0.2.1", &["198.51.100.7"], "192.0.2.1");
        check("127.0.0.1", &["198.51.100.7"], "198.51.100.7");
        check("::ffff:127.0.0.1", &["198.51.100.7"], "198.51.100.7");
        check("127.0.0.1", &[], "127.0.0.1");
    }

    #[test]
    fn tls_is_believed_of_a_trusted_proxy_only() {
        let trusted = ["127.0.0.0/8".parse().unwrap()];
        let check = |peer: &str, proto| client_spoke_tls(peer.parse().unwrap(), proto, &trusted);
        assert!(check("127.0.0.1", Some("https")));
        assert!(check("::ffff:127.0.0.1", Some("WSS, http")));
        assert!(!check("127.0.0.1", Some("http, https")));
        assert!(!check("127.0.0.1", None));
        assert!(!check("192.0.2.1", Some("https")));
    }

    #[test]
    fn what_the_client_wrote_itself_is_not_believed() {
        check(
            "127.0.0.1",
            &["203.0.113.9, 198.51.100.7, 10.1.2.3"],
            "198.51.100.7",
        );
        check(
            "127.0.0.1",
            &["203.0.113.9", "198.51.100.7"],
            "198.51.100.7",
        );
        check("127.0.0.1", &["203.0.113.9, unknown"], "127.0.0.1");
    }
}
