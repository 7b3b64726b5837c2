//! How `antiphon serve` listens, whom it believes, and what it offers.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use crate::parse;
use crate::reader::Reader;

/// The application's own port.
#[derive(Debug, Clone)]
pub struct Http {
    /// `ANTIPHON_HOST`.
    pub host: IpAddr,
    /// `ANTIPHON_PORT`; 0 lets the system choose.
    pub port: u16,
    /// `ANTIPHON_TRUSTED_PROXIES`; empty trusts nobody's forwarding headers.
    pub trusted_proxies: Vec<IpNet>,
    /// `ANTIPHON_LOCATION_HEADER`.
    pub location_header: Option<String>,
    /// `ANTIPHON_RATE_LIMITS`.
    pub rate_limits: bool,
    /// `ANTIPHON_TEST_PAGE`.
    pub test_page: bool,
}

impl Http {
    /// The address to listen on.
    pub fn bind(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.port)
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            host: reader.value("ANTIPHON_HOST", parse::bind_host),
            port: reader.value("ANTIPHON_PORT", parse::bind_port),
            trusted_proxies: reader.value("ANTIPHON_TRUSTED_PROXIES", parse::networks),
            location_header: reader.optional("ANTIPHON_LOCATION_HEADER", parse::identifier),
            rate_limits: reader.value("ANTIPHON_RATE_LIMITS", parse::switch),
            test_page: reader.value("ANTIPHON_TEST_PAGE", parse::switch),
        }
    }
}
