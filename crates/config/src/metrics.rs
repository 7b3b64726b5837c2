//! Where metrics are served, if they are.

use std::net::SocketAddr;

use crate::parse;
use crate::reader::Reader;

/// Metrics for Prometheus.
#[derive(Debug, Clone)]
pub struct Metrics {
    /// `ANTIPHON_METRICS_ADDRESS`; `None` serves none. Port 0 lets the system choose.
    pub address: Option<SocketAddr>,
}

impl Metrics {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            address: reader.optional("ANTIPHON_METRICS_ADDRESS", parse::bind_address),
        }
    }
}
