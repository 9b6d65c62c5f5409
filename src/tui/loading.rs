//! An image that is being read. What comes in is what the scan tells; what goes out is
//! how far it is, layer by layer.

use std::time::Instant;

use imgsize::scan::{Ending, Event};
use imgsize::source::ImageInfo;
use imgsize::units::Bytes;

use super::model::words;
use super::text::safe_text;

/// What the loader tells.
pub(crate) enum Heard {
    /// Its documents are there: what layers there are.
    Opened(Box<ImageInfo>),
    Scan(Event),
    /// All layers are read: whose what is, is being found out.
    Closing,
}

/// One layer on its way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Coming {
    pub(crate) size: Bytes,
    pub(crate) passed: Bytes,
    pub(crate) state: State,
    /// What made it; safe.
    pub(crate) instruction: String,
    /// What it holds, once it is read: files, and their bytes.
    pub(crate) holds: Option<(u64, Bytes)>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum State {
    #[default]
    Waits,
    Reads,
    Done,
    /// It was read before.
    Known,
    Failed,
}

impl State {
    /// A word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            State::Waits => "waits",
            State::Reads => "reading",
            State::Done => "read",
            State::Known => "known",
            State::Failed => "failed",
        }
    }
}

/// How far it is.
pub(crate) struct Loading {
    pub(crate) done: bool,
    /// What the image says of itself; safe.
    pub(crate) name: Option<String>,
    pub(crate) layers: Vec<Coming>,
    pub(crate) streamed: Bytes,
    pub(crate) closing: bool,
    pub(crate) begun: Instant,
}

impl Default for Loading {
    fn default() -> Loading {
        Loading {
            done: false,
            name: None,
            layers: Vec::new(),
            streamed: Bytes::ZERO,
            closing: false,
            begun: Instant::now(),
        }
    }
}

impl Loading {
    pub(crate) fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Opened(info) => {
                self.name = Some(safe_text(&info.name));
                let layers = info.layers.iter().map(|layer| Coming {
                    size: layer.size,
                    instruction: layer
                        .created_by
                        .as_deref()
                        .map(|text| words(text).1)
                        .unwrap_or_default(),
                    ..Coming::default()
                });
                self.layers = layers.collect();
            }
            Heard::Closing => self.closing = true,
            Heard::Scan(Event::Streamed(bytes)) => self.streamed = bytes,
            Heard::Scan(Event::Begun(no)) => self.at(no, |layer| layer.state = State::Reads),
            Heard::Scan(Event::Passed(no, bytes)) => {
                self.at(no, |layer| layer.passed = bytes.min(layer.size));
            }
            Heard::Scan(Event::Holds(no, held)) => {
                self.at(no, |layer| layer.holds = Some((held.files, held.stored)));
            }
            Heard::Scan(Event::Done(no, ending)) => self.at(no, |layer| {
                layer.passed = layer.size;
                layer.state = match ending {
                    Ending::Read => State::Done,
                    Ending::Known => State::Known,
                    Ending::Failed => State::Failed,
                };
            }),
        }
    }

    fn at(&mut self, no: u16, change: impl FnOnce(&mut Coming)) {
        if let Some(layer) = self.layers.get_mut(usize::from(no)) {
            change(layer);
        }
    }

    /// What has passed of how much.
    pub(crate) fn passed(&self) -> (Bytes, Bytes) {
        let passed = self.layers.iter().map(|layer| layer.passed).sum();
        let size = self.layers.iter().map(|layer| layer.size).sum();
        (passed, size)
    }

    /// How far it is, in one line.
    pub(crate) fn words(&self) -> String {
        let (passed, size) = self.passed();
        let done = self
            .layers
            .iter()
            .filter(|layer| !matches!(layer.state, State::Waits | State::Reads));
        let seconds = self.begun.elapsed().as_secs();
        if self.closing {
            return format!("all layers are read; finding owners and advice, after {seconds} s");
        }
        if self.layers.is_empty() {
            return match self.streamed {
                Bytes::ZERO => format!("opening, after {seconds} s"),
                streamed => format!("{streamed} have passed, after {seconds} s"),
            };
        }
        let of = self.layers.len();
        format!(
            "{passed} of {size}, {} of {of} layers, after {seconds} s",
            done.count()
        )
    }
}
