//! The address a client counts under: its own, or the one that a trusted proxy vouches for.

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
