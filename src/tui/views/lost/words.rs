//! Words for what is lost. What comes in is a cause and the two layers; what goes out is
//! sentences for somebody who never heard of layers.

use imgsize::advice::{Step, Verb};
use imgsize::rootfs::{Cause, LayerNo};

use crate::tui::losses::Group;
use crate::tui::text::{cut, safe_text};
use crate::tui::view::Cx;

/// What a cause is called in a row.
pub(super) fn title(cause: Cause) -> &'static str {
    match cause {
        Cause::Deleted => "deleted by a later layer: still shipped",
        Cause::MetadataOnly => "written again by chown, chmod or touch",
        Cause::Overwritten => "overwritten by a later layer",
    }
}

/// What a cause means.
pub(super) fn meaning(cause: Cause) -> &'static str {
    match cause {
        Cause::Deleted => {
            "A layer holds what its instruction wrote. A later layer that deletes it only hides it: the image is as large as before, and everybody downloads it."
        }
        Cause::MetadataOnly => {
            "A chown, chmod or touch in a later layer stores the whole file once more, with the same content. The first copy is shipped all the same."
        }
        Cause::Overwritten => {
            "A later layer wrote another content at the same path. The first one is hidden, and shipped all the same."
        }
    }
}

/// From which layer to which: `3 COPY app /app → 5 RUN rm -rf /app/x`.
pub(super) fn pair(group: &Group, cx: &Cx<'_>) -> String {
    if group.layer == group.lost_in {
        return format!("{}: stored twice in one layer", short(group.layer, cx));
    }
    let arrow = cx.theme.glyph("→", "->");
    let (from, to) = (short(group.layer, cx), short(group.lost_in, cx));
    format!("{from} {arrow} {to}")
}

/// What happened in the layer that lost it.
pub(super) fn lost_in(cause: Cause) -> &'static str {
    match cause {
        Cause::Deleted => "deleted there",
        Cause::MetadataOnly => "written again there, with other permissions or owner",
        Cause::Overwritten => "overwritten there",
    }
}

/// What to do about it.
pub(super) fn remedy(group: &Group, cx: &Cx<'_>) -> String {
    let (from, to) = (group.layer, group.lost_in);
    if from < cx.model.base() {
        return "It came with the base image: only another base does without it.".to_owned();
    }
    if from == to {
        return format!("The instruction of layer {from} writes it twice: let it write it once.");
    }
    let verb = step(from, cx).map(|step| step.verb);
    let copied = matches!(verb, Some(Verb::Copy | Verb::Add));
    match (group.cause, copied) {
        (Cause::Deleted, false) => {
            format!("Delete it in the RUN that writes it (layer {from}), not in layer {to}.")
        }
        (Cause::Deleted, true) => format!(
            "Do not copy it in layer {from}: delete it in the stage that it comes from, or name it in .dockerignore; what only a RUN needs it can mount (RUN --mount=type=bind)."
        ),
        (Cause::MetadataOnly, true) => format!(
            "Write COPY --chown=… or --chmod=… in layer {from}, and take the change out of layer {to}."
        ),
        (Cause::MetadataOnly, false) => format!(
            "Change owner and permissions in the RUN that writes the files (layer {from}), not in layer {to}."
        ),
        (Cause::Overwritten, _) => format!(
            "Write it once: join layer {to} to layer {from}, or do not write it in layer {from} at all."
        ),
    }
}

/// A layer's number and the beginning of its instruction; safe.
fn short(layer: LayerNo, cx: &Cx<'_>) -> String {
    let words = match step(layer, cx) {
        Some(Step { verb, text }) => match verb {
            Verb::Run => format!("RUN {text}"),
            Verb::Copy => format!("COPY {text}"),
            Verb::Add => format!("ADD {text}"),
            Verb::Other => text,
        },
        None => return format!("layer {layer}"),
    };
    let words = cut(&safe_text(&words), 20, cx.theme.glyph("…", "~"));
    format!("{layer} {words}")
}

fn step(layer: LayerNo, cx: &Cx<'_>) -> Option<Step> {
    let words = cx.model.short_instruction(layer)?;
    Some(Step::read(&words))
}
