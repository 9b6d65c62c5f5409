//! What keys do in the tree. What comes in is an action and the row of the cursor; what
//! goes out is effects, and the tree of another layer.

use imgsize::rootfs::{LayerNo, NodeId, NodeKind};

use super::Files;
use super::listing::{Sign, Spot};
use super::row::{Is, layer_of, what};
use crate::tui::keys::Action;
use crate::tui::view::{Cx, Effect};

impl Files {
    /// Another layer, or the whole image; `false` if the key means something else.
    pub(super) fn turn(&mut self, action: Action, cx: &Cx<'_>, effects: &mut Vec<Effect>) -> bool {
        let top = (cx.model.layer_count() as LayerNo).saturating_sub(1);
        // Who chose layers means those.
        let chosen = cx.filter.layers.map_or(top, |(_, last)| last.min(top));
        let layer = match (action, self.wish.as_of) {
            (Action::AsOf, Some(_)) => None,
            (Action::AsOf | Action::LayerBefore | Action::LayerAfter, None) => Some(chosen),
            (Action::LayerBefore, Some(0)) => {
                effects.push(Effect::Say("that is the lowest layer".to_owned()));
                return true;
            }
            (Action::LayerBefore, Some(layer)) => Some(layer - 1),
            (Action::LayerAfter, Some(layer)) if layer >= top => {
                effects.push(Effect::Say("that is the top layer".to_owned()));
                return true;
            }
            (Action::LayerAfter, Some(layer)) => Some(layer + 1),
            _ => return false,
        };
        self.as_of(layer, cx, effects);
        true
    }

    pub(super) fn act_on_row(
        &mut self,
        action: Action,
        cx: &Cx<'_>,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Some((node, spot, listing)) = self.selected() else {
            return false;
        };
        let fs = cx.model.fs();
        let body = spot.body(fs);
        let is = what(node, spot, listing, cx);
        let leaf = listing.children(node).is_empty();
        match action {
            Action::Tick => effects.push(tick(node, cx)),
            Action::Fold if leaf => effects.push(tick(node, cx)),
            Action::Open if is == Is::Link => match fs.resolve(fs.path(node).as_bytes()) {
                Some(target) => self.show(target, cx, effects),
                None => effects.push(Effect::Say("it leads nowhere in this image".to_owned())),
            },
            Action::Open if leaf && body.is_none() => {
                effects.push(Effect::Say("there is nothing in it".to_owned()));
            }
            Action::Open if !leaf => return false,
            Action::Open | Action::Contents => match body {
                Some(body) => effects.push(Effect::Contents(body)),
                None => return false,
            },
            // What is there in the end is written by its path, all else by its content.
            Action::Extract => match body {
                Some(body) if fs.body_of(node) != Some(body) => {
                    effects.push(Effect::ExtractBody(body));
                }
                _ if fs.kind(node) == NodeKind::Absent => {
                    effects.push(Effect::Say(
                        "this folder is gone from the image: write its files one by one".to_owned(),
                    ));
                }
                _ => effects.push(Effect::Extract(node)),
            },
            Action::CopyPath => effects.push(Effect::Copy(cx.model.path(node))),
            Action::GoLayer => effects.push(match layer_of(node, spot, cx) {
                Some(layer) => Effect::ShowLayer(layer),
                None => Effect::Say("no layer stores most of it: unfold it".to_owned()),
            }),
            Action::GoPackage => effects.push(match spot.owner() {
                Some(owner) => Effect::ShowPackage(owner),
                None if spot.files > 0 => {
                    Effect::Say("nobody has most of it: unfold it".to_owned())
                }
                None => Effect::Say("no file is in it, so it is nobody's".to_owned()),
            }),
            Action::NextCopy if body.is_some() => {
                let gone = spot.sign == Sign::Removed;
                let next = (!gone).then(|| next_copy(node, spot, cx)).flatten();
                match next {
                    Some((at, of, next)) => {
                        effects.push(Effect::Say(format!(
                            "copy {at} of {of} with the same content"
                        )));
                        self.show(next, cx, effects);
                    }
                    None => effects.push(Effect::Say(
                        "no other file has this content (files under 4 KiB are not compared)"
                            .to_owned(),
                    )),
                }
            }
            _ => return false,
        }
        true
    }
}

/// Ticks what is in the image; what is gone cannot go.
fn tick(node: NodeId, cx: &Cx<'_>) -> Effect {
    let say = |words: &str| Effect::Say(words.to_owned());
    if node == NodeId::ROOT {
        say("that is the whole image: tick something in it")
    } else if cx.model.fs().kind(node) == NodeKind::Absent {
        say("it is gone from the image already")
    } else if cx.ticks.has(cx.model, node) && !cx.ticks.nodes.contains(&node) {
        say("it goes with a folder that is ticked")
    } else {
        Effect::TickNode(node)
    }
}

/// The next file with the same content: its number from 1, of how many, and itself.
fn next_copy(node: NodeId, spot: &Spot, cx: &Cx<'_>) -> Option<(usize, usize, NodeId)> {
    let fs = cx.model.fs();
    // Of several names of one content the copies know one.
    let known = spot.body(fs).map(|body| fs.body(body).node);
    let copies = match cx.model.copies(node) {
        [] => cx.model.copies(known?),
        copies => copies,
    };
    let at = copies.iter().position(|&copy| copy == node);
    let at = at.map_or(0, |at| (at + 1) % copies.len());
    let next = copies.get(at).copied()?;
    (copies.len() > 1).then_some((at + 1, copies.len(), next))
}
