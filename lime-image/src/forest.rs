//! Pixels that point to others of their segment.

/// Trees over pixels: each pixel points to another one, a root to itself. Nothing else may go round in a circle.
#[derive(Debug)]
pub(crate) struct Forest {
    parent: Vec<u32>,
}

impl Forest {
    /// Every pixel a root.
    pub(crate) fn new(pixels: usize) -> Self {
        // Pictures have no more pixels than 32 bits can number.
        Self { parent: (0..pixels).map(|pixel| pixel as u32).collect() }
    }

    /// From the pixel that each one points to.
    pub(crate) fn of(parent: Vec<u32>) -> Self {
        Self { parent }
    }

    /// The root of a pixel's tree. Halves the path to it (van Leeuwen and Tarjan 1984).
    pub(crate) fn root(&mut self, pixel: u32) -> u32 {
        let mut at = pixel;
        loop {
            let parent = self.parent[at as usize];
            if parent == at {
                return at;
            }
            let next = self.parent[parent as usize];
            self.parent[at as usize] = next;
            at = next;
        }
    }

    /// Two steps towards the root of a pixel's tree, to which the pixel points from then on. Without a branch.
    pub(crate) fn nearer(&mut self, pixel: u32) -> u32 {
        let next = self.parent[self.parent[pixel as usize] as usize];
        self.parent[pixel as usize] = next;
        next
    }

    /// Makes two trees one, given their roots. The lower of them is its root.
    pub(crate) fn join(&mut self, a: u32, b: u32) -> u32 {
        let root = a.min(b);
        self.parent[a.max(b) as usize] = root;
        root
    }

    /// The tree of every pixel, numbered from 0 in the order of their roots.
    pub(crate) fn labels(mut self) -> Vec<u32> {
        let mut number = vec![0; self.parent.len()];
        let mut next = 0;
        for (pixel, number) in number.iter_mut().enumerate() {
            if self.parent[pixel] as usize == pixel {
                *number = next;
                next += 1;
            }
        }
        (0..self.parent.len()).map(|pixel| number[self.root(pixel as u32) as usize]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_are_numbered_by_their_roots() {
        // 4 -> 2 -> 5, 0 -> 3, 1.
        let forest = Forest::of(vec![3, 1, 5, 3, 2, 5]);
        assert_eq!(forest.labels(), [1, 0, 2, 1, 2, 2]);
    }

    #[test]
    fn the_lower_root_stays() {
        let mut forest = Forest::new(5);
        assert_eq!(forest.join(4, 2), 2);
        assert_eq!(forest.join(1, 2), 1);
        assert_eq!(forest.root(4), 1);
        assert_eq!(forest.labels(), [0, 1, 1, 2, 1]);
    }
}
