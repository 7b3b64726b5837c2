//! `--debug`: prints what happens, a line each, for the developer who looks at the terminal.
//!
//! A thread of its own prints, so that a slow terminal holds up nothing else; what it cannot keep up with is counted and left out.

mod line;

use crate::output;
use antiphon_realtime::{Hub, TapFilter};
use anyhow::Context as _;
use std::io::IsTerminal as _;

/// Begins to print what happens at this hub, until the process ends.
pub(crate) fn start(hub: &Hub) -> anyhow::Result<()> {
    let mut listener = hub.tap().listen(TapFilter::default())?;
    let style = line::Style {
        colored: std::io::stdout().is_terminal() && !antiphon_config::no_color(),
        names_apps: hub.app_metrics().len() > 1,
    };
    let print = move || {
        while let Some(event) = listener.blocking_next() {
            output::line(&line::of(&event, style));
            let missed = listener.take_missed();
            if missed > 0 {
                output::line(&line::missed(missed, style));
            }
        }
    };
    std::thread::Builder::new()
        .name("debug".to_owned())
        .spawn(print)
        .context("cannot start the thread that prints")?;
    Ok(())
}
