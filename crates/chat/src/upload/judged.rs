//! A file that is judged while it passes, and loses what is not to be kept.

use super::allowance::Reserved;
use super::{Limits, UploadError};
use antiphon_files::{Findings, Inspector, Kept, Source, Stop};
use bytes::Bytes;

/// Passes a file on while judging it. The verdict falls before the store of files sees the end, so that what is refused at the
/// last byte is not kept either.
pub(super) struct Judged<'a> {
    source: &'a mut dyn Source,
    /// Until the end.
    inspector: Option<Inspector<'a>>,
    limits: &'a Limits,
    /// What it takes of a visitor's day.
    reserved: Option<&'a mut Reserved>,
    size: u64,
    verdict: Result<Findings, UploadError>,
}

impl<'a> Judged<'a> {
    pub(super) fn new(
        source: &'a mut dyn Source,
        inspector: Inspector<'a>,
        limits: &'a Limits,
        reserved: Option<&'a mut Reserved>,
    ) -> Self {
        Self {
            source,
            inspector: Some(inspector),
            limits,
            reserved,
            size: 0,
            verdict: Err(UploadError::Stopped),
        }
    }

    /// What was found out, or why it was not taken.
    pub(super) fn verdict(self) -> Result<Findings, UploadError> {
        self.verdict
    }

    fn judge(&mut self, chunk: Option<&[u8]>) -> Result<Kept, UploadError> {
        match (chunk, &mut self.inspector) {
            (Some(bytes), Some(inspector)) => {
                self.size += bytes.len() as u64;
                self.limits.check_size(self.size)?;
                // Before it is written: nobody else can have these bytes of the day now.
                if let Some(reserved) = &mut self.reserved
                    && !reserved.grow(bytes.len() as u64)
                {
                    return Err(UploadError::DayIsOver(reserved.share().limit()));
                }
                let pushed = inspector.push(bytes);
                pushed.map_err(|refusal| self.limits.refused(refusal))
            }
            (None, _) => match self.inspector.take().map(Inspector::finish) {
                Some(Ok(findings)) => {
                    self.verdict = Ok(findings);
                    Ok(Kept::AsTheyAre)
                }
                Some(Err(refusal)) => Err(self.limits.refused(refusal)),
                None => Ok(Kept::AsTheyAre),
            },
            (Some(_), None) => Err(UploadError::Stopped),
        }
    }
}

#[async_trait::async_trait]
impl Source for Judged<'_> {
    async fn chunk(&mut self) -> Result<Option<Bytes>, Stop> {
        loop {
            let chunk = self.source.chunk().await?;
            let kept = self.judge(chunk.as_deref()).map_err(|error| {
                self.verdict = Err(error);
                Stop
            })?;
            match kept {
                Kept::AsTheyAre => return Ok(chunk),
                Kept::Instead(bytes) if bytes.is_empty() => {}
                Kept::Instead(bytes) => return Ok(Some(bytes)),
            }
        }
    }
}
