//! k-means of the pixels of a picture by place and colour, where a centre takes pixels of a window around it alone.

use lime_core::{Vectorised, on_widest_vectors};

/// The sides of a tile in pixels.
const SIDE: usize = 8;

/// The pixels of a tile.
const AREA: usize = SIDE * SIDE;

/// The rows and the columns of a tile.
const PLACES: [f32; SIDE] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];

/// A number for each pixel of a tile.
type Tile = [f32; AREA];

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
    /// The difference in a value that counts as 1.
    pub(crate) unit: f64,
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
    /// What comparing every centre with every pixel of its window gives, by a bound: a tile of the picture knows the ranges of its
    /// values, and passes over the centres that cannot be closer to any of its pixels than what they have. The bound is computed by
    /// the operations of the distance, which are monotone in floating point too. Distances have 32 bits, and means 64.
    pub(crate) fn run(&self, values: &[f64], height: usize, width: usize, channels: usize) -> Vec<u32> {
        let tiles = Tiles::new(values, height, width, channels, self.unit);
        let mut centres = Centres::new(&self.seeds, &tiles);
        let mut clusters = self.cells(&tiles);
        let mut sums = Sums::new(&centres);
        let mut windows = Windows::default();
        let greater = self.seeds.step.0.max(self.seeds.step.1) as f64;
        let weight = (1.0 / (greater * greater)) as f32;
        for iteration in 0..self.iterations {
            windows.find(&centres, &tiles);
            let mut bounds = Vec::new();
            for (at, clusters) in clusters.as_chunks_mut().0.iter_mut().enumerate() {
                let tile = tiles.tile(at);
                let before = *clusters;
                on_widest_vectors(Assignment {
                    tile: &tile,
                    clusters,
                    windows: windows.of(at),
                    centres: &centres,
                    weight,
                    adaptive: self.adaptive,
                    bounds: &mut bounds,
                });
                if iteration == 0 {
                    tile.pixels().for_each(|pixel| sums.add(&tile, pixel, clusters[pixel], 1.0));
                } else {
                    sums.change(&tile, &before, clusters);
                }
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
        let mut cells = Vec::with_capacity(tiles.count() * AREA);
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
    /// Tile by tile, channel by channel: 64 values.
    values: Vec<f32>,
    /// The least and the greatest value of each channel in each tile.
    low: Vec<f32>,
    high: Vec<f32>,
}

/// Finds the least and the greatest value of each channel of a tile.
struct Ends<'a> {
    planes: &'a [Tile],
    low: &'a mut [f32],
    high: &'a mut [f32],
}

impl Vectorised for Ends<'_> {
    #[inline(always)]
    fn run(self) {
        for ((plane, low), high) in self.planes.iter().zip(self.low).zip(self.high) {
            // Row by row into eight of each, and then these.
            let (mut least, mut greatest) = ([f32::INFINITY; SIDE], [f32::NEG_INFINITY; SIDE]);
            for row in plane.as_chunks::<SIDE>().0 {
                for ((least, greatest), &value) in least.iter_mut().zip(&mut greatest).zip(row) {
                    *least = if value < *least { value } else { *least };
                    *greatest = if value > *greatest { value } else { *greatest };
                }
            }
            *low = least.into_iter().fold(f32::INFINITY, |least, value| if value < least { value } else { least });
            *high = greatest.into_iter().fold(f32::NEG_INFINITY, |most, value| if value > most { value } else { most });
        }
    }
}

/// One tile.
struct View<'a> {
    top: usize,
    left: usize,
    /// Its rows and columns within the picture.
    height: usize,
    width: usize,
    values: &'a [f32],
    low: &'a [f32],
    high: &'a [f32],
}

impl Tiles {
    fn new(values: &[f64], height: usize, width: usize, channels: usize, unit: f64) -> Self {
        let scale = 1.0 / unit;
        let (down, across) = (height.div_ceil(SIDE), width.div_ceil(SIDE));
        let mut tiles = Self {
            height,
            width,
            channels,
            across,
            values: Vec::new(),
            low: vec![0.0; down * across * channels],
            high: vec![0.0; down * across * channels],
        };
        let mut filled = vec![0.0; down * across * AREA * channels];
        for (tile, planes) in filled.chunks_exact_mut(AREA * channels).enumerate() {
            let (top, left) = tiles.corner(tile);
            let planes: &mut [Tile] = planes.as_chunks_mut().0;
            for y in 0..SIDE {
                let row = &values[(top + y).min(height - 1) * width * channels..][..width * channels];
                for x in 0..SIDE {
                    let pixel = &row[(left + x).min(width - 1) * channels..][..channels];
                    for (plane, value) in planes.iter_mut().zip(pixel) {
                        plane[y * SIDE + x] = (value * scale) as f32;
                    }
                }
            }
            on_widest_vectors(Ends {
                planes,
                low: &mut tiles.low[tile * channels..][..channels],
                high: &mut tiles.high[tile * channels..][..channels],
            });
        }
        tiles.values = filled;
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
        let size = AREA * self.channels;
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
        for (tile, clusters) in clusters.chunks_exact(AREA).enumerate() {
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
    /// Row and column of each.
    places: Vec<[f64; 2]>,
    /// Each channel of each.
    colours: Vec<f32>,
    /// Whether it had pixels.
    alive: Vec<bool>,
    /// The largest squared distance in colour of each so far, and 1 at least.
    spread: Vec<f32>,
    /// The steps of a grid of as many.
    step: (usize, usize),
}

impl Centres {
    /// At the seeds, without colour.
    fn new(seeds: &Seeds, tiles: &Tiles) -> Self {
        let mut places = Vec::new();
        for y in (seeds.start.0..tiles.height).step_by(seeds.step.0) {
            places.extend((seeds.start.1..tiles.width).step_by(seeds.step.1).map(|x| [y as f64, x as f64]));
        }
        let count = places.len();
        Self {
            channels: tiles.channels,
            places,
            colours: vec![0.0; count * tiles.channels],
            alive: vec![true; count],
            spread: vec![1.0; count],
            step: Seeds::new(tiles.height, tiles.width, count).step,
        }
    }

    fn count(&self) -> usize {
        self.alive.len()
    }

    fn colour(&self, centre: usize) -> &[f32] {
        &self.colours[centre * self.channels..][..self.channels]
    }

    /// The rows and columns of a centre's window: first, and behind the last.
    fn window(&self, centre: usize, tiles: &Tiles) -> [(usize, usize); 2] {
        let along = |at: f64, step: usize, length: usize| {
            let reach = 2.0 * step as f64;
            ((at - reach).max(0.0) as usize, (at + reach + 1.0).min(length as f64) as usize)
        };
        let [y, x] = self.places[centre];
        [along(y, self.step.0, tiles.height), along(x, self.step.1, tiles.width)]
    }

    /// To the means of their pixels. Whether any moved.
    fn update(&mut self, sums: &Sums) -> bool {
        let mut moved = false;
        for (centre, sums) in sums.values.chunks_exact(3 + self.channels).enumerate() {
            if sums[0] == 0.0 {
                moved |= std::mem::replace(&mut self.alive[centre], false);
                continue;
            }
            let place = [sums[1] / sums[0], sums[2] / sums[0]];
            moved |= std::mem::replace(&mut self.places[centre], place) != place;
            for (colour, sum) in self.colours[centre * self.channels..].iter_mut().zip(&sums[3..]) {
                let mean = (sum / sums[0]) as f32;
                moved |= std::mem::replace(colour, mean) != mean;
            }
        }
        moved
    }

    /// The largest distances in colour. Whether any grew.
    fn spread(&mut self, tiles: &Tiles, clusters: &[u32]) -> bool {
        let mut grew = false;
        for (tile, clusters) in clusters.chunks_exact(AREA).enumerate() {
            let tile = tiles.tile(tile);
            for pixel in tile.pixels() {
                let cluster = clusters[pixel] as usize;
                let mut distance = 0.0;
                for (values, centre) in tile.values.chunks_exact(AREA).zip(self.colour(cluster)) {
                    distance += (values[pixel] - centre) * (values[pixel] - centre);
                }
                if self.spread[cluster] < distance {
                    self.spread[cluster] = distance;
                    grew = true;
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

    /// Adds a pixel to its cluster, so many times.
    fn add(&mut self, tile: &View<'_>, pixel: usize, cluster: u32, times: f64) {
        let sums = &mut self.values[cluster as usize * self.stride..][..self.stride];
        let [one, y, x] = [1.0, (tile.top + pixel / SIDE) as f64, (tile.left + pixel % SIDE) as f64];
        let planes: &[Tile] = tile.values.as_chunks().0;
        // Pictures in colour are most: a number of sums that is known is added without a loop.
        if let ([a, b, c], Some(sums)) = (planes, sums.first_chunk_mut::<6>()) {
            let [a, b, c] = [a, b, c].map(|plane| f64::from(plane[pixel]));
            for (sum, value) in sums.iter_mut().zip([one, y, x, a, b, c]) {
                *sum += times * value;
            }
            return;
        }
        let values = [one, y, x].into_iter().chain(planes.iter().map(|plane| f64::from(plane[pixel])));
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += times * value;
        }
    }

    /// Moves the pixels of a tile whose clusters are others than before.
    fn change(&mut self, tile: &View<'_>, before: &[u32; AREA], clusters: &[u32; AREA]) {
        let rows = before.chunks_exact(SIDE).zip(clusters.chunks_exact(SIDE)).enumerate();
        for (y, (before, after)) in rows.take(tile.height) {
            if before == after {
                continue;
            }
            for x in (0..tile.width).filter(|&x| before[x] != after[x]) {
                self.add(tile, y * SIDE + x, before[x], -1.0);
                self.add(tile, y * SIDE + x, after[x], 1.0);
            }
        }
    }
}

/// For each tile, the centres in whose windows it has pixels.
#[derive(Default)]
struct Windows {
    all: Vec<Window>,
    /// Where the windows of each tile begin in `reaching`; one more than tiles.
    starts: Vec<usize>,
    /// Places in `all`.
    reaching: Vec<u32>,
}

/// A centre and its window.
struct Window {
    centre: usize,
    rows: (usize, usize),
    columns: (usize, usize),
}

impl Windows {
    fn find(&mut self, centres: &Centres, tiles: &Tiles) {
        self.all.clear();
        self.all.extend((0..centres.count()).filter(|&centre| centres.alive[centre]).map(|centre| {
            let [rows, columns] = centres.window(centre, tiles);
            Window { centre, rows, columns }
        }));
        self.starts.clear();
        self.starts.resize(tiles.count() + 1, 0);
        for window in &self.all {
            window.tiles(tiles, |tile| self.starts[tile + 1] += 1);
        }
        for tile in 0..tiles.count() {
            self.starts[tile + 1] += self.starts[tile];
        }
        self.reaching.clear();
        self.reaching.resize(self.starts[tiles.count()], 0);
        // Each start moves to the start of the next tile, and all are moved back.
        for (window, at) in self.all.iter().zip(0..) {
            window.tiles(tiles, |tile| {
                self.reaching[self.starts[tile]] = at;
                self.starts[tile] += 1;
            });
        }
        self.starts.copy_within(..tiles.count(), 1);
        self.starts[0] = 0;
    }

    /// The windows that reach a tile.
    fn of(&self, tile: usize) -> impl Iterator<Item = &Window> {
        self.reaching[self.starts[tile]..self.starts[tile + 1]].iter().map(|&at| &self.all[at as usize])
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

impl View<'_> {
    /// The places in the tile of the pixels within the picture.
    fn pixels(&self) -> impl Iterator<Item = usize> + use<> {
        let width = self.width;
        (0..self.height).flat_map(move |y| y * SIDE..y * SIDE + width)
    }
}

/// Gives each pixel of a tile the closest of the centres whose windows reach it, and the lowest among equals.
struct Assignment<'a, 'w, I> {
    tile: &'a View<'a>,
    clusters: &'a mut [u32; AREA],
    windows: I,
    centres: &'a Centres,
    weight: f32,
    adaptive: bool,
    /// Memory for the least distances to the centres.
    bounds: &'a mut Vec<(f32, &'w Window)>,
}

impl<'w, I: Iterator<Item = &'w Window>> Vectorised for Assignment<'_, 'w, I> {
    #[inline(always)]
    fn run(self) {
        let Self { tile, clusters, windows, centres, weight, adaptive, bounds } = self;
        // From the corner of the tile, so that 32 bits do.
        let place = |window: &Window| {
            let [y, x] = centres.places[window.centre];
            ((y - tile.top as f64) as f32, (x - tile.left as f64) as f32)
        };
        let square = |distance: f32| distance * distance * weight;
        let (bottom, right) = ((tile.height - 1) as f32, (tile.width - 1) as f32);
        bounds.clear();
        // One by one: `extend` is not inlined, and so it is not compiled anew.
        for window in windows {
            let (y, x) = place(window);
            let mut bound = square(gap(y, 0.0, bottom)) + square(gap(x, 0.0, right));
            for ((centre, low), high) in centres.colour(window.centre).iter().zip(tile.low).zip(tile.high) {
                let gap = gap(*centre, *low, *high);
                bound += if adaptive { gap * gap / centres.spread[window.centre] } else { gap * gap };
            }
            bounds.push((bound, window));
        }
        let mut distances = [f32::MAX; AREA];
        if tile.height < SIDE || tile.width < SIDE {
            // What lies beyond the picture is as close as can be, and so nothing waits for it.
            distances = [-1.0; AREA];
            tile.pixels().for_each(|pixel| distances[pixel] = f32::MAX);
        }
        let mut search = Search { distances, clusters };
        let mut furthest = f32::MAX;
        loop {
            let mut next = (f32::INFINITY, 0);
            for (at, (bound, _)) in bounds.iter().enumerate() {
                next = if *bound < next.0 { (*bound, at) } else { next };
            }
            if next.0 > furthest {
                break;
            }
            let window = bounds.swap_remove(next.1).1;
            // The squared distances in rows and columns, none where the window does not reach.
            let squares = |at: f32, first: usize, (from, to): (usize, usize)| {
                let mut squares = PLACES.map(|place| square(at - place));
                if first < from || to < first + SIDE {
                    for (i, square) in squares.iter_mut().enumerate() {
                        *square = if (from..to).contains(&(first + i)) { *square } else { f32::INFINITY };
                    }
                }
                squares
            };
            let (y, x) = place(window);
            let down = squares(y, tile.top, window.rows);
            let across = squares(x, tile.left, window.columns);
            let mut distances = down.map(|down| across.map(|across| down + across));
            let distances = distances.as_flattened_mut();
            // No more centres than pixels, which fit u32.
            let centre = window.centre as u32;
            let colour = centres.colour(window.centre);
            let planes = tile.values.as_chunks().0;
            furthest = match (planes, colour) {
                ([a], [x]) if !adaptive => search.take(centre, distances, [(a, *x)]),
                ([a, b, c], [x, y, z]) if !adaptive => search.take(centre, distances, [(a, *x), (b, *y), (c, *z)]),
                _ => {
                    let spread = if adaptive { centres.spread[window.centre] } else { 1.0 };
                    for (plane, at) in planes.iter().zip(colour) {
                        let pixels = distances.iter_mut().zip(plane as &Tile);
                        pixels.for_each(|(distance, value)| *distance += (value - at) * (value - at) / spread);
                    }
                    search.take(centre, distances, [])
                }
            };
        }
    }
}

/// The search for the closest centres of the pixels of a tile.
struct Search<'a> {
    /// The least distances so far.
    distances: Tile,
    clusters: &'a mut [u32; AREA],
}

impl Search<'_> {
    /// Gives a centre the pixels to which it is closer than those before, and of equals those where it is the lower number. Its
    /// distance is the one given and the squared differences of some channels from its own. The largest distance that is left.
    #[inline(always)]
    fn take<const C: usize>(&mut self, centre: u32, distances: &[f32], channels: [(&Tile, f32); C]) -> f32 {
        let mut furthest = i32::MIN;
        let pixels = self.distances.iter_mut().zip(self.clusters.iter_mut()).zip(distances);
        for (i, ((least, cluster), &distance)) in pixels.enumerate() {
            let mut distance = distance;
            for (values, colour) in channels {
                distance += (values[i] - colour) * (values[i] - colour);
            }
            let closer = (distance < *least) | ((distance == *least) & (centre < *cluster));
            // By bits, all lanes at once. Those of numbers from 0 on are in their order.
            let mask = u32::from(closer).wrapping_neg();
            *least = f32::from_bits(distance.to_bits() & mask | least.to_bits() & !mask);
            *cluster = centre & mask | *cluster & !mask;
            furthest = furthest.max(least.to_bits().cast_signed());
        }
        f32::from_bits(furthest.cast_unsigned())
    }
}

/// How far a number lies outside a range.
#[inline(always)]
fn gap(at: f32, low: f32, high: f32) -> f32 {
    let (below, above) = (low - at, at - high);
    let outside = if below > above { below } else { above };
    if outside > 0.0 { outside } else { 0.0 }
}
