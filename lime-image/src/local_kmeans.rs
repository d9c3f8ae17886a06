//! k-means of the pixels of a picture by place and colour, where a centre takes pixels of a window around it alone.

/// The sides of a tile in pixels.
const SIDE: usize = 8;

/// A number for each pixel of a tile.
type Tile = [[f64; SIDE]; SIDE];

/// The regular grid that the centres start from: along the rows and along the columns, the first place and the step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Seeds {
    pub(crate) start: (usize, usize),
    pub(crate) step: (usize, usize),
}

impl Seeds {
    /// Nearly `count` seeds in squares, as nearly as pixels allow; every pixel is one where there are no more than `count`.
    pub(crate) fn new(height: usize, width: usize, count: usize) -> Self {
        let pixels = height * width;
        if pixels <= count {
            return Self { start: (0, 0), step: (1, 1) };
        }
        let count = count as f64;
        let side = (pixels as f64 / count).sqrt();
        let (short, long) = (height.min(width) as f64, height.max(width) as f64);
        // A picture lower than a square has one row of seeds.
        let (short, long) = if short < side { (short, long / count) } else { (side, side) };
        let (down, across) = if height <= width { (short, long) } else { (long, short) };
        let start = |step: f64| (step / 2.0).floor() as usize;
        let step = |step: f64| step.round_ties_even() as usize;
        Self { start: (start(down), start(across)), step: (step(down), step(across)) }
    }

    /// The rows and columns of seeds.
    fn shape(self, height: usize, width: usize) -> (usize, usize) {
        let along = |length: usize, start: usize, step: usize| (length - start).div_ceil(step);
        (along(height, self.start.0, self.step.0), along(width, self.start.1, self.step.1))
    }

    /// The number of seeds.
    pub(crate) fn count(self, height: usize, width: usize) -> usize {
        let (down, across) = self.shape(height, width);
        down * across
    }
}

/// How pixels are clustered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Clustering {
    pub(crate) seeds: Seeds,
    pub(crate) iterations: usize,
    /// Whether the distance in colour is divided by the largest that the cluster has had, and 1 at least (SLICO).
    pub(crate) adaptive: bool,
}

impl Clustering {
    /// The cluster of every pixel of (h, w, c) values: with s the greater step of the seeds, each pixel goes to the centre of
    /// least |dx, dy|^2 / s^2 + |dv|^2, the lower number among equals, of those no further than two steps in x and in y (the
    /// steps of a grid of as many seeds). Pixels that no window reaches keep their cluster; at first, that of their cell of the
    /// grid.
    ///
    /// Exactly what comparing every centre with every pixel of its window gives, by branch and bound: a tile of the picture
    /// knows the ranges of its values, and meets centres in the order of the least distance they can have, until no other can be
    /// closer to any of its pixels. The bound is computed by the operations of the distance, which are monotone in floating point
    /// too.
    pub(crate) fn run(&self, values: &[f64], height: usize, width: usize, channels: usize) -> Vec<u32> {
        let tiles = Tiles::new(values, height, width, channels);
        let mut centres = Centres::new(&self.seeds, &tiles);
        let mut clusters = self.cells(&tiles);
        let mut windows = Windows::default();
        let greater = self.seeds.step.0.max(self.seeds.step.1) as f64;
        let weight = 1.0 / (greater * greater);
        for _ in 0..self.iterations {
            windows.find(&centres, &tiles);
            let mut sums = Sums::new(&centres);
            let mut meeting = Meeting::default();
            for tile in 0..tiles.count() {
                let clusters = &mut clusters[tile * SIDE * SIDE..][..SIDE * SIDE];
                meeting.run(&tiles.tile(tile), &centres, windows.of(tile), weight, self.adaptive, clusters);
                sums.add(&tiles, tile, clusters);
            }
            let mut moved = centres.update(&sums);
            if self.adaptive {
                moved |= centres.spread(&tiles, &clusters);
            }
            // Centres that stand still will not take other pixels.
            if !moved {
                break;
            }
        }
        tiles.in_rows(&clusters)
    }

    /// The seed of the cell of the grid in which each pixel lies, tile by tile.
    fn cells(&self, tiles: &Tiles) -> Vec<u32> {
        let (down, across) = self.seeds.shape(tiles.height, tiles.width);
        let mut cells = Vec::with_capacity(tiles.count() * SIDE * SIDE);
        for tile in 0..tiles.count() {
            let (top, left) = tiles.corner(tile);
            for y in top..top + SIDE {
                let row = (y / self.seeds.step.0).min(down - 1);
                // No more seeds than pixels, which fit u32.
                cells.extend(
                    (left..left + SIDE).map(|x| (row * across + (x / self.seeds.step.1).min(across - 1)) as u32),
                );
            }
        }
        cells
    }
}

/// A picture in tiles of 8 x 8 pixels. Where it ends within a tile, its last row and column are repeated.
struct Tiles {
    height: usize,
    width: usize,
    channels: usize,
    /// The tiles side by side.
    across: usize,
    /// Tile by tile, row by row, channel by channel: 8 values.
    values: Vec<f64>,
    /// The least and the greatest value of each channel in each tile.
    low: Vec<f64>,
    high: Vec<f64>,
    /// For each tile, the sums over its pixels: 1, row, column, each channel.
    totals: Vec<f64>,
}

/// One tile.
struct View<'a> {
    top: usize,
    left: usize,
    /// Its rows and columns within the picture.
    height: usize,
    width: usize,
    values: &'a [f64],
    low: &'a [f64],
    high: &'a [f64],
}

impl Tiles {
    fn new(values: &[f64], height: usize, width: usize, channels: usize) -> Self {
        let (down, across) = (height.div_ceil(SIDE), width.div_ceil(SIDE));
        let mut tiles = Self {
            height,
            width,
            channels,
            across,
            values: Vec::with_capacity(down * across * SIDE * SIDE * channels),
            low: vec![f64::INFINITY; down * across * channels],
            high: vec![f64::NEG_INFINITY; down * across * channels],
            totals: vec![0.0; down * across * (3 + channels)],
        };
        for tile in 0..down * across {
            let (top, left) = tiles.corner(tile);
            let low = &mut tiles.low[tile * channels..][..channels];
            let high = &mut tiles.high[tile * channels..][..channels];
            let totals = &mut tiles.totals[tile * (3 + channels)..][..3 + channels];
            for y in top..top + SIDE {
                let row = &values[y.min(height - 1) * width * channels..][..width * channels];
                for channel in 0..channels {
                    for x in left..left + SIDE {
                        let value = row[x.min(width - 1) * channels + channel];
                        tiles.values.push(value);
                        low[channel] = value.min(low[channel]);
                        high[channel] = value.max(high[channel]);
                        if y < height && x < width {
                            totals[3 + channel] += value;
                        }
                    }
                }
                if y < height {
                    for x in left..(left + SIDE).min(width) {
                        totals[0] += 1.0;
                        totals[1] += y as f64;
                        totals[2] += x as f64;
                    }
                }
            }
        }
        tiles
    }

    fn count(&self) -> usize {
        self.height.div_ceil(SIDE) * self.across
    }

    /// The first row and column of a tile.
    fn corner(&self, tile: usize) -> (usize, usize) {
        (tile / self.across * SIDE, tile % self.across * SIDE)
    }

    fn tile(&self, tile: usize) -> View<'_> {
        let (top, left) = self.corner(tile);
        let size = SIDE * SIDE * self.channels;
        View {
            top,
            left,
            height: SIDE.min(self.height - top),
            width: SIDE.min(self.width - left),
            values: &self.values[tile * size..][..size],
            low: &self.low[tile * self.channels..][..self.channels],
            high: &self.high[tile * self.channels..][..self.channels],
        }
    }

    /// From tile by tile to rows.
    fn in_rows(&self, clusters: &[u32]) -> Vec<u32> {
        let mut rows = vec![0; self.height * self.width];
        for (tile, clusters) in clusters.chunks_exact(SIDE * SIDE).enumerate() {
            let (top, left) = self.corner(tile);
            let width = SIDE.min(self.width - left);
            for (y, clusters) in (top..self.height).zip(clusters.chunks_exact(SIDE)) {
                rows[y * self.width + left..][..width].copy_from_slice(&clusters[..width]);
            }
        }
        rows
    }
}

/// The centres of the clusters.
struct Centres {
    channels: usize,
    /// For each: row, column, each channel.
    places: Vec<f64>,
    /// Whether it had pixels.
    alive: Vec<bool>,
    /// The largest squared distance in colour of each so far, and 1 at least.
    spread: Vec<f64>,
    /// The steps of a grid of as many.
    step: (usize, usize),
}

impl Centres {
    /// At the seeds, without colour.
    fn new(seeds: &Seeds, tiles: &Tiles) -> Self {
        let mut places = Vec::new();
        for y in (seeds.start.0..tiles.height).step_by(seeds.step.0) {
            for x in (seeds.start.1..tiles.width).step_by(seeds.step.1) {
                places.extend([y as f64, x as f64]);
                places.extend(std::iter::repeat_n(0.0, tiles.channels));
            }
        }
        let count = seeds.count(tiles.height, tiles.width);
        Self {
            channels: tiles.channels,
            places,
            alive: vec![true; count],
            spread: vec![1.0; count],
            step: Seeds::new(tiles.height, tiles.width, count).step,
        }
    }

    fn count(&self) -> usize {
        self.alive.len()
    }

    fn place(&self, centre: usize) -> &[f64] {
        let stride = 2 + self.channels;
        &self.places[centre * stride..][..stride]
    }

    /// The rows and columns of a centre's window: first, and behind the last.
    fn window(&self, centre: usize, tiles: &Tiles) -> [(usize, usize); 2] {
        let along = |at: f64, step: usize, length: usize| {
            let reach = 2.0 * step as f64;
            ((at - reach).max(0.0) as usize, (at + reach + 1.0).min(length as f64) as usize)
        };
        let place = self.place(centre);
        [along(place[0], self.step.0, tiles.height), along(place[1], self.step.1, tiles.width)]
    }

    /// To the means of their pixels. Whether any moved.
    fn update(&mut self, sums: &Sums) -> bool {
        let mut moved = false;
        let stride = 2 + self.channels;
        for (centre, sums) in sums.values.chunks_exact(1 + stride).enumerate() {
            if sums[0] == 0.0 {
                moved |= std::mem::replace(&mut self.alive[centre], false);
                continue;
            }
            for (place, sum) in self.places[centre * stride..][..stride].iter_mut().zip(&sums[1..]) {
                let mean = sum / sums[0];
                moved |= std::mem::replace(place, mean) != mean;
            }
        }
        moved
    }

    /// The largest distances in colour. Whether any grew.
    fn spread(&mut self, tiles: &Tiles, clusters: &[u32]) -> bool {
        let mut grew = false;
        for (tile, clusters) in clusters.chunks_exact(SIDE * SIDE).enumerate() {
            let tile = tiles.tile(tile);
            let rows = clusters.chunks_exact(SIDE).zip(tile.values.chunks_exact(SIDE * tiles.channels));
            for (clusters, values) in rows.take(tile.height) {
                for (x, &cluster) in clusters.iter().enumerate().take(tile.width) {
                    let colour = &self.place(cluster as usize)[2..];
                    let mut distance = 0.0;
                    for (values, centre) in values.chunks_exact(SIDE).zip(colour) {
                        distance += (values[x] - centre) * (values[x] - centre);
                    }
                    if self.spread[cluster as usize] < distance {
                        self.spread[cluster as usize] = distance;
                        grew = true;
                    }
                }
            }
        }
        grew
    }
}

/// Sums over the pixels of each cluster: 1, row, column, each channel.
struct Sums {
    stride: usize,
    values: Vec<f64>,
}

impl Sums {
    fn new(centres: &Centres) -> Self {
        let stride = 3 + centres.channels;
        Self { stride, values: vec![0.0; centres.count() * stride] }
    }

    /// Adds the pixels of a tile.
    fn add(&mut self, tiles: &Tiles, at: usize, clusters: &[u32]) {
        let first = clusters[0];
        let stride = self.stride;
        if clusters.iter().fold(true, |same, &cluster| same & (cluster == first)) {
            let totals = &tiles.totals[at * stride..][..stride];
            for (sum, total) in self.values[first as usize * stride..][..stride].iter_mut().zip(totals) {
                *sum += total;
            }
            return;
        }
        let tile = tiles.tile(at);
        let rows = clusters.chunks_exact(SIDE).zip(tile.values.chunks_exact(SIDE * tiles.channels));
        for (y, (clusters, values)) in rows.enumerate().take(tile.height) {
            for (x, &cluster) in clusters.iter().enumerate().take(tile.width) {
                let sums = &mut self.values[cluster as usize * stride..][..stride];
                sums[0] += 1.0;
                sums[1] += (tile.top + y) as f64;
                sums[2] += (tile.left + x) as f64;
                for (sum, values) in sums[3..].iter_mut().zip(values.chunks_exact(SIDE)) {
                    *sum += values[x];
                }
            }
        }
    }
}

/// For each tile, the centres in whose windows it has pixels.
#[derive(Default)]
struct Windows {
    /// Where the centres of each tile begin in `centres`; one more than tiles.
    starts: Vec<usize>,
    centres: Vec<Window>,
}

/// A centre and its window.
#[derive(Clone, Copy, Default)]
struct Window {
    centre: usize,
    rows: (usize, usize),
    columns: (usize, usize),
}

impl Windows {
    fn find(&mut self, centres: &Centres, tiles: &Tiles) {
        let windows: Vec<Window> = (0..centres.count())
            .filter(|&centre| centres.alive[centre])
            .map(|centre| {
                let [rows, columns] = centres.window(centre, tiles);
                Window { centre, rows, columns }
            })
            .collect();
        self.starts.clear();
        self.starts.resize(tiles.count() + 1, 0);
        for window in &windows {
            window.tiles(tiles, |tile| self.starts[tile + 1] += 1);
        }
        for tile in 0..tiles.count() {
            self.starts[tile + 1] += self.starts[tile];
        }
        self.centres.clear();
        self.centres.resize(self.starts[tiles.count()], Window::default());
        // Each start moves to the start of the next tile, and all are moved back.
        for window in &windows {
            window.tiles(tiles, |tile| {
                self.centres[self.starts[tile]] = *window;
                self.starts[tile] += 1;
            });
        }
        self.starts.copy_within(..tiles.count(), 1);
        self.starts[0] = 0;
    }

    fn of(&self, tile: usize) -> &[Window] {
        &self.centres[self.starts[tile]..self.starts[tile + 1]]
    }
}

impl Window {
    /// Calls for each tile in which the window has pixels.
    fn tiles(&self, tiles: &Tiles, mut each: impl FnMut(usize)) {
        for down in self.rows.0 / SIDE..self.rows.1.div_ceil(SIDE) {
            for across in self.columns.0 / SIDE..self.columns.1.div_ceil(SIDE) {
                each(down * tiles.across + across);
            }
        }
    }
}

/// The search for the closest centres of the pixels of a tile.
#[derive(Default)]
struct Meeting {
    /// The least distance that each centre can have.
    bounds: Vec<f64>,
    distances: Tile,
    /// Numbers of centres: one width for all lanes.
    closest: Tile,
}

impl Meeting {
    fn run(
        &mut self,
        tile: &View<'_>,
        centres: &Centres,
        windows: &[Window],
        weight: f64,
        adaptive: bool,
        clusters: &mut [u32],
    ) {
        self.bounds.clear();
        self.bounds.extend(windows.iter().map(|window| {
            let place = centres.place(window.centre);
            let dy = gap(place[0], tile.top as f64, (tile.top + tile.height - 1) as f64);
            let dx = gap(place[1], tile.left as f64, (tile.left + tile.width - 1) as f64);
            let mut colour = 0.0;
            for ((centre, low), high) in place[2..].iter().zip(tile.low).zip(tile.high) {
                let gap = gap(*centre, *low, *high);
                colour += gap * gap;
            }
            if adaptive {
                colour /= centres.spread[window.centre];
            }
            (dy * dy + dx * dx) * weight + colour
        }));
        // What lies beyond the picture is as close as can be, and so nothing waits for it.
        for (y, distances) in self.distances.iter_mut().enumerate() {
            for (x, distance) in distances.iter_mut().enumerate() {
                *distance = if y < tile.height && x < tile.width { f64::MAX } else { -1.0 };
            }
        }
        for (closest, clusters) in self.closest.iter_mut().zip(clusters.chunks_exact(SIDE)) {
            for (closest, &cluster) in closest.iter_mut().zip(clusters) {
                *closest = f64::from(cluster);
            }
        }
        let mut furthest = f64::MAX;
        while let Some((next, &bound)) = self.bounds.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1)) {
            if bound > furthest {
                break;
            }
            self.bounds[next] = f64::INFINITY;
            let window = &windows[next];
            let place = centres.place(window.centre);
            // The squared distances in rows and columns, none where the window does not reach.
            let squares = |first: usize, at: f64, (from, to): (usize, usize)| {
                std::array::from_fn::<f64, SIDE, _>(|i| {
                    let distance = at - (first + i) as f64;
                    if (from..to).contains(&(first + i)) { distance * distance } else { f64::INFINITY }
                })
            };
            let down = squares(tile.top, place[0], window.rows);
            let across = squares(tile.left, place[1], window.columns);
            let spread = if adaptive { Some(centres.spread[window.centre]) } else { None };
            furthest = self.meet(tile, window.centre as f64, &place[2..], &down, &across, weight, spread);
        }
        for (closest, clusters) in self.closest.iter().zip(clusters.chunks_exact_mut(SIDE)) {
            for (closest, cluster) in closest.iter().zip(clusters) {
                *cluster = *closest as u32;
            }
        }
    }

    /// Gives a centre the pixels to which it is closer than those before. The largest distance that is left.
    #[allow(clippy::too_many_arguments)]
    fn meet(
        &mut self,
        tile: &View<'_>,
        centre: f64,
        colour: &[f64],
        down: &[f64; SIDE],
        across: &[f64; SIDE],
        weight: f64,
        spread: Option<f64>,
    ) -> f64 {
        let mut furthest = [0.0; SIDE];
        let rows = tile.values.chunks_exact(SIDE * colour.len()).zip(down);
        for ((values, down), (distances, closest)) in rows.zip(self.distances.iter_mut().zip(&mut self.closest)) {
            let mut colours = [0.0; SIDE];
            for (values, centre) in values.chunks_exact(SIDE).zip(colour) {
                for i in 0..SIDE {
                    let difference = values[i] - centre;
                    colours[i] += difference * difference;
                }
            }
            if let Some(spread) = spread {
                colours.iter_mut().for_each(|colour| *colour /= spread);
            }
            for i in 0..SIDE {
                let distance = (down + across[i]) * weight + colours[i];
                // The lower number among equals, whatever the order.
                let closer = (distance < distances[i]) | ((distance == distances[i]) & (centre < closest[i]));
                distances[i] = if closer { distance } else { distances[i] };
                closest[i] = if closer { centre } else { closest[i] };
                furthest[i] = if distances[i] > furthest[i] { distances[i] } else { furthest[i] };
            }
        }
        furthest.into_iter().fold(0.0, f64::max)
    }
}

/// How far a number lies outside a range.
fn gap(at: f64, low: f64, high: f64) -> f64 {
    (low - at).max(at - high).max(0.0)
}
