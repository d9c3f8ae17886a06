//! Superpixels in one piece.

/// Makes the labels of (h, w) pixels those of connected regions (4-neighbours), numbered as their first pixels come in rows from the
/// top: regions of fewer than `min_size` pixels join a region before them that they touch, and a region ends where it has
/// `max_size` pixels, 1 or more.
///
/// Achanta et al. 2012, section III.D, as scikit-image has it: of several neighbours, the last that the search of the region meets;
/// and where it meets none, the region that comes next.
pub(crate) fn connect(labels: &[u32], height: usize, width: usize, min_size: usize, max_size: usize) -> Vec<u32> {
    const NONE: u32 = u32::MAX;
    let mut regions = vec![NONE; labels.len()];
    let mut region = 0;
    let mut queue = Vec::new();
    for first in 0..labels.len() {
        if regions[first] != NONE {
            continue;
        }
        let label = labels[first];
        let mut neighbour = region;
        regions[first] = region;
        queue.clear();
        queue.push(first);
        let mut visited = 0;
        while visited < queue.len() && queue.len() < max_size {
            let pixel = queue[visited];
            let (y, x) = (pixel / width, pixel % width);
            let around = [
                (x + 1 < width).then_some(pixel + 1),
                (x > 0).then(|| pixel - 1),
                (y + 1 < height).then_some(pixel + width),
                (y > 0).then(|| pixel - width),
            ];
            for next in around.into_iter().flatten() {
                if regions[next] == NONE {
                    if labels[next] == label {
                        regions[next] = region;
                        queue.push(next);
                        if queue.len() >= max_size {
                            break;
                        }
                    }
                } else if regions[next] != region {
                    neighbour = regions[next];
                }
            }
            visited += 1;
        }
        if queue.len() < min_size {
            queue.iter().for_each(|&pixel| regions[pixel] = neighbour);
        } else {
            region += 1;
        }
    }
    regions
}
