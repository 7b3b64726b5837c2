//! Which server is measured, and the credentials of an application on it.

use antiphon_protocol::auth::Credentials;
use anyhow::{Context as _, Result, ensure};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Descriptors for everything but the swarm: standard streams, epoll, the publisher.
const SPARE_DESCRIPTORS: usize = 32;

/// The server, as options of the command line.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Target {
    /// The server's address.
    #[arg(long, global = true, default_value = "127.0.0.1")]
    pub(crate) host: IpAddr,
    /// The server's port, for WebSockets and for the HTTP API.
    #[arg(long, global = true, default_value_t = 8080)]
    pub(crate) port: u16,
    /// The application's key.
    #[arg(long, global = true, default_value = "bench-key")]
    pub(crate) key: String,
    /// The application's secret.
    #[arg(long, global = true, default_value = "bench-secret")]
    pub(crate) secret: String,
    /// The application's id.
    #[arg(long, global = true, default_value = "bench")]
    pub(crate) app_id: String,
    /// A process of the server on this machine, to measure; may be repeated. Without it only the client's side is measured.
    #[arg(long = "pid", global = true)]
    pub(crate) pids: Vec<u32>,
    /// Spreads connections over so many addresses beginning at the IPv4 address given: each has 28,000 ports.
    /// The server must listen on all of them.
    #[arg(long, global = true, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=100))]
    pub(crate) addresses: u8,
}

impl Target {
    /// What signs subscriptions and requests.
    pub(crate) fn credentials(&self) -> Credentials<'_> {
        Credentials::new(&self.key, &self.secret)
    }

    /// Where the connection with this number goes.
    pub(crate) fn address(&self, number: usize) -> SocketAddr {
        let ip = match self.host {
            IpAddr::V4(first) => {
                // Less than 100, so that it always fits.
                let offset = u32::try_from(number % usize::from(self.addresses)).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(first.to_bits().wrapping_add(offset)))
            }
            IpAddr::V6(_) => self.host,
        };
        SocketAddr::new(ip, self.port)
    }
}

/// Refuses a number of sockets that this process may not open, before it fails halfway.
pub(crate) fn check_descriptors(sockets: usize) -> Result<()> {
    let allowed = allowed_descriptors()?;
    ensure!(
        sockets + SPARE_DESCRIPTORS <= allowed,
        "{sockets} sockets need more descriptors than the {allowed} this process may open: raise it with `ulimit -n`, \
         or run several of these processes"
    );
    Ok(())
}

/// How many sockets this process may open.
pub(crate) fn allowed_sockets() -> Result<usize> {
    Ok(allowed_descriptors()?.saturating_sub(SPARE_DESCRIPTORS))
}

fn allowed_descriptors() -> Result<usize> {
    let limits = fs::read_to_string("/proc/self/limits").context("cannot read own limits")?;
    let soft = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))
        .and_then(|values| values.split_whitespace().next())
        .context("the limits of this process do not name open files")?;
    Ok(match soft {
        "unlimited" => usize::MAX,
        number => number.parse()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    #[derive(clap::Parser)]
    struct Cli {
        #[command(flatten)]
        target: Target,
    }

    #[test]
    fn connections_are_spread_over_the_addresses() {
        let target = Cli::parse_from(["x", "--host", "127.0.0.5", "--addresses", "2"]).target;
        let ips = [0, 1, 2].map(|number| target.address(number).ip().to_string());
        assert_eq!(ips, ["127.0.0.5", "127.0.0.6", "127.0.0.5"]);
    }

    #[test]
    fn an_impossible_number_of_sockets_is_refused_at_once() {
        assert!(check_descriptors(1).is_ok());
        assert!(check_descriptors(usize::MAX / 2).is_err());
    }
}
