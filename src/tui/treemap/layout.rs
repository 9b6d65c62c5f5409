//! Where the tiles of a treemap lie. What comes in is sizes and an area in pixels; what
//! goes out is a rectangle for each, as square as may be, none over another, and as
//! large as its share but for the rounding of its edges.
//!
//! Bruls, Huizing and van Wijk, "Squarified Treemaps" (2000).

/// A rectangle of pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tile {
    pub(crate) x: u16,
    pub(crate) y: u16,
    pub(crate) width: u16,
    pub(crate) height: u16,
}

impl Tile {
    pub(crate) fn is_empty(self) -> bool {
        self.width == 0 || self.height == 0
    }
}

/// What is left of the area, with edges between pixels: rounded only when a tile is
/// made, so that neighbours share their edge.
#[derive(Debug, Clone, Copy)]
struct Space {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

/// A tile for each size, in their order; sizes are best given largest first. What is
/// nothing, or smaller than a pixel, gets an empty one.
pub(crate) fn layout(sizes: &[u64], width: u16, height: u16) -> Vec<Tile> {
    let mut tiles = vec![Tile::default(); sizes.len()];
    let total: f64 = sizes.iter().map(|&size| size as f64).sum();
    let area = f64::from(width) * f64::from(height);
    if total <= 0.0 || area <= 0.0 {
        return tiles;
    }
    let weighed: Vec<(usize, f64)> = sizes
        .iter()
        .enumerate()
        .filter(|(_, size)| **size > 0)
        .map(|(at, &size)| (at, size as f64 / total * area))
        .collect();
    let mut space = Space {
        x: 0.0,
        y: 0.0,
        width: f64::from(width),
        height: f64::from(height),
    };
    let mut rest = weighed.as_slice();
    while !rest.is_empty() {
        let count = row_length(rest, space.width.min(space.height));
        let (row, others) = rest.split_at(count);
        let used = lay_row(row, space, others.is_empty(), &mut tiles);
        space = used;
        rest = others;
    }
    tiles
}

/// How many of the next areas stand in one row along the shorter side: as long as that
/// makes the worst of them no longer.
fn row_length(areas: &[(usize, f64)], side: f64) -> usize {
    let mut sum = 0.0;
    let (mut least, mut most) = (f64::MAX, 0.0_f64);
    let mut before = f64::MAX;
    for (count, &(_, area)) in areas.iter().enumerate() {
        sum += area;
        least = least.min(area);
        most = most.max(area);
        let square = side * side;
        let worst = (square * most / (sum * sum)).max(sum * sum / (square * least));
        if worst > before {
            return count.max(1);
        }
        before = worst;
    }
    areas.len()
}

/// Lays a row along the shorter side; what is left of the space.
fn lay_row(row: &[(usize, f64)], space: Space, is_last: bool, tiles: &mut [Tile]) -> Space {
    let sum: f64 = row.iter().map(|(_, area)| area).sum();
    let upright = space.width >= space.height;
    let (side, across) = match upright {
        true => (space.height, space.width),
        false => (space.width, space.height),
    };
    // The last row takes all: what is lost in counting may not leave a gap.
    let thick = match is_last || side <= 0.0 {
        true => across,
        false => (sum / side).min(across),
    };
    let mut from = 0.0;
    for (no, &(at, area)) in row.iter().enumerate() {
        let to = match no + 1 == row.len() {
            true => side,
            false => (from + side * area / sum).min(side),
        };
        let edges = match upright {
            true => (space.x, space.y + from, space.x + thick, space.y + to),
            false => (space.x + from, space.y, space.x + to, space.y + thick),
        };
        if let Some(tile) = tiles.get_mut(at) {
            *tile = snapped(edges);
        }
        from = to;
    }
    match upright {
        true => Space {
            x: space.x + thick,
            width: space.width - thick,
            ..space
        },
        false => Space {
            y: space.y + thick,
            height: space.height - thick,
            ..space
        },
    }
}

fn snapped((left, top, right, bottom): (f64, f64, f64, f64)) -> Tile {
    let edge = |at: f64| at.round() as u16;
    Tile {
        x: edge(left),
        y: edge(top),
        width: edge(right).saturating_sub(edge(left)),
        height: edge(bottom).saturating_sub(edge(top)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn tiles_lie_apart_and_inside_and_are_as_large_as_their_share(
            mut sizes in proptest::collection::vec(prop_oneof![Just(0), 0..100_u64, any::<u64>()], 0..70),
            width in 0..200_u16,
            height in 0..120_u16,
            sorted in any::<bool>(),
        ) {
            if sorted {
                sizes.sort_by_key(|&size| std::cmp::Reverse(size));
            }
            let tiles = layout(&sizes, width, height);
            prop_assert_eq!(tiles.len(), sizes.len());
            let total: f64 = sizes.iter().map(|&size| size as f64).sum();
            let mut taken = vec![false; usize::from(width) * usize::from(height)];
            for (tile, &size) in tiles.iter().zip(&sizes) {
                prop_assert!(tile.x + tile.width <= width && tile.y + tile.height <= height);
                prop_assert!(size > 0 || tile.is_empty());
                for y in tile.y..tile.y + tile.height {
                    for x in tile.x..tile.x + tile.width {
                        let pixel = usize::from(y) * usize::from(width) + usize::from(x);
                        prop_assert!(!std::mem::replace(&mut taken[pixel], true), "{tile:?}");
                    }
                }
                if total > 0.0 {
                    // Each edge is rounded by half a pixel at most.
                    let share = size as f64 / total * f64::from(width) * f64::from(height);
                    let (w, h) = (f64::from(tile.width), f64::from(tile.height));
                    let most = (w + 1.0) * (h + 1.0);
                    let least = (w - 1.0).max(0.0) * (h - 1.0).max(0.0);
                    let odd = 1e-6 * f64::from(width) * f64::from(height);
                    prop_assert!(least - odd <= share && share <= most + odd, "{share} {tile:?}");
                }
            }
            // Nothing is left out where there is something to show.
            prop_assert!(total == 0.0 || taken.iter().all(|&taken| taken));
        }
    }

    #[test]
    fn a_large_one_stands_beside_the_small_ones() {
        let tiles = layout(&[6, 6, 4, 3, 2, 2, 1], 60, 40);
        let first: Vec<_> = tiles.iter().map(|tile| (tile.width, tile.height)).collect();
        assert_eq!(first[..3], [(30, 20), (30, 20), (17, 23)]);
    }
}
