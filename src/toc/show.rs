//! Contents shown one after the other to whoever wants to see them: as they pass by,
//! and none of them in memory.

use std::io::{self, Read};
use std::ops::ControlFlow;

use super::fetch::{Fetcher, Plain, Want, pass, requests};
use super::{Stop, Take};
use crate::layer::Layer;
use crate::units::Bytes;

/// Shows contents, which must stand in the order of the blob, one after the other.
pub(super) fn show(
    fetcher: &Fetcher<'_>,
    layer: &Layer,
    wants: &[Want],
    take: &mut Take<'_>,
    progress: &dyn Fn(Bytes),
) -> Result<ControlFlow<()>, Stop> {
    let mut rest = wants;
    for request in requests(wants) {
        let (Some(first), Some(last)) = (request.first(), request.last()) else {
            continue;
        };
        let (source, at, wants) = match fetcher.open(first.start..last.end) {
            Ok(source) => (source, first.start, request),
            // It gives no parts, or no more of them: what is left comes from the start.
            Err(Stop::Whole) => (fetcher.whole(rest), 0, rest),
            Err(stop) => return Err(stop),
        };
        rest = &rest[wants.len()..];
        let mut counted = Counted {
            source,
            at,
            progress,
        };
        if show_in(&mut counted, layer, wants, take)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        if rest.is_empty() {
            break;
        }
    }
    Ok(ControlFlow::Continue(()))
}

fn show_in<R: Read>(
    source: &mut Counted<'_, R>,
    layer: &Layer,
    wants: &[Want],
    take: &mut Take<'_>,
) -> Result<ControlFlow<()>, Stop> {
    for want in wants {
        let gap = want.start.saturating_sub(source.at);
        pass(source, gap)?;
        let piece = (&mut *source).take(want.end - want.start);
        let mut plain = Plain::open(piece, layer, want)?;
        let flow = take(want.entry, &mut plain);
        if let Some(stop) = plain.failed {
            return Err(stop);
        }
        if flow.is_break() {
            return Ok(flow);
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// A part of a blob, and how far in it somebody is.
struct Counted<'p, R> {
    source: R,
    at: u64,
    progress: &'p dyn Fn(Bytes),
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buf)?;
        self.at += count as u64;
        (self.progress)(Bytes(self.at));
        Ok(count)
    }
}
