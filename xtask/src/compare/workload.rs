//! What is compared with whom, and the targets.

/// Work that both sides do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Workload {
    /// What `--only` calls it.
    pub name: &'static str,
    /// What the table says of it.
    pub what: &'static str,
    /// What both workers call it.
    pub work: &'static str,
    pub samples: usize,
    /// The package whose bench `worker` does it here.
    pub package: &'static str,
    /// Who does it there.
    pub peer: &'static str,
    /// How: a script in `xtask/python/compare`, in the folder of the environment it runs in.
    pub script: &'static str,
    /// At most one n-th of the other side's time, on one thread each; none where the row is for information.
    pub at_most: Option<f64>,
    /// Runs in a round, of which the median counts: so many of ours that the first few, on caches that the other side left behind, do not
    /// decide it.
    pub runs: (usize, usize),
    /// Rounds at most.
    pub rounds: usize,
    /// Where the target is for another number of threads than one: each side has so many whatever is asked for.
    pub threads: Option<usize>,
}

impl Workload {
    const fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    const fn with(self, peer: &'static str, script: &'static str) -> Self {
        Self { peer, script, ..self }
    }

    const fn at_most(self, share: f64) -> Self {
        Self { at_most: Some(share), ..self }
    }

    const fn samples(self, samples: usize) -> Self {
        Self { samples, ..self }
    }

    const fn runs(self, ours: usize, theirs: usize) -> Self {
        Self { runs: (ours, theirs), ..self }
    }

    const fn rounds(self, rounds: usize) -> Self {
        Self { rounds, ..self }
    }

    const fn threads(self, threads: usize) -> Self {
        Self { threads: Some(threads), ..self }
    }
}

const fn tabular(work: &'static str, what: &'static str) -> Workload {
    Workload {
        name: work,
        what,
        work,
        samples: 5_000,
        package: "lime-tabular",
        peer: "lime",
        script: "lime/tabular.py",
        at_most: None,
        runs: (100, 3),
        rounds: usize::MAX,
        threads: None,
    }
}

const fn image(work: &'static str, what: &'static str) -> Workload {
    let work = tabular(work, what).with("lime", "lime/image.py").samples(1_000).runs(5, 1);
    Workload { package: "lime-image", ..work }
}

const fn segmenter(work: &'static str, what: &'static str) -> Workload {
    image(work, what).with("scikit-image", "lime/segmenters.py")
}

const fn text(work: &'static str, what: &'static str) -> Workload {
    Workload { package: "lime-text", ..tabular(work, what).with("lime", "lime/text.py").runs(30, 1) }
}

/// Our time against another's.
pub(crate) const SPEED: [Workload; 29] = [
    tabular("quartile", "tabular, quartile bins, ridge").at_most(30.0),
    tabular("gaussian", "tabular, no discretiser").at_most(7.0),
    tabular("forward", "tabular, forward selection of 6").at_most(200.0),
    tabular("lasso-path", "tabular, lasso path of 6").at_most(30.0),
    tabular("quartile", "tabular, quartile bins, ridge").named("quartile-50000").samples(50_000).runs(5, 1).rounds(5),
    tabular("gaussian", "tabular, no discretiser").named("gaussian-50000").samples(50_000).runs(5, 1).rounds(5),
    tabular("forward", "tabular, forward selection of 6").named("forward-50000").samples(50_000).runs(5, 1).rounds(5),
    tabular("lasso-path", "tabular, lasso path of 6").named("lasso-path-50000").samples(50_000).runs(5, 1).rounds(5),
    tabular("quartile", "tabular, quartile bins, ridge")
        .named("quartile-1000000")
        .samples(1_000_000)
        .at_most(50.0)
        .runs(3, 1)
        .rounds(1),
    tabular("rows", "tabular, quartile bins, ridge, 569 rows in a row").at_most(50.0).runs(9, 1).rounds(1).threads(2),
    tabular("captum", "tabular, f32, masks over a baseline, lasso")
        .with("captum Lime", "captum/tabular.py")
        .at_most(300.0),
    tabular("xplique", "tabular, f32, masks over a baseline, ridge")
        .with("xplique Lime, batches of 256", "xplique/tabular.py")
        .at_most(300.0),
    tabular("xplique-whole", "tabular, f32, masks over a baseline, ridge")
        .with("xplique Lime, one batch", "xplique/tabular.py"),
    tabular("xplique-f64", "tabular, f64, masks over a baseline, ridge")
        .with("xplique Lime, f32, batches of 256", "xplique/tabular.py"),
    tabular("kernel-shap", "Kernel SHAP, 30 features")
        .with("captum KernelShap", "captum/tabular.py")
        .samples(2_000)
        .at_most(100.0),
    tabular("kernel-shap", "Kernel SHAP, 30 features")
        .with("shap KernelExplainer", "shap/tabular.py")
        .samples(2_000)
        .at_most(15.0),
    text("text-60", "text, bag of 60 words").at_most(50.0),
    text("text-400", "text, bag of 400 words, 240 of them different").at_most(50.0),
    text("text-positions", "text, 443 positions").at_most(40.0),
    image("image", "image 299 x 299 x 3, bytes, 56 superpixels").at_most(45.0),
    image("image-f32", "image 299 x 299 x 3, f32, 56 superpixels").at_most(45.0),
    image("image-f32", "image 299 x 299 x 3, f32, 56 superpixels")
        .named("image-captum")
        .with("captum Lime", "captum/image.py")
        .at_most(20.0),
    image("image-f32", "image 299 x 299 x 3, f32, 56 superpixels")
        .named("image-xplique")
        .with("xplique Lime", "xplique/image.py"),
    image("image-1024", "image 1024 x 1024 x 3, bytes, 56 superpixels").runs(3, 1).rounds(1),
    image("image-1024-f32", "image 1024 x 1024 x 3, f32, 56 superpixels")
        .named("image-1024-captum")
        .with("captum Lime", "captum/image.py")
        .runs(3, 1)
        .rounds(1),
    image("image-1024-f32", "image 1024 x 1024 x 3, f32, 56 superpixels")
        .named("image-1024-xplique")
        .with("xplique Lime", "xplique/image.py")
        .runs(3, 1)
        .rounds(1),
    segmenter("quickshift", "quickshift(4, 200, 0.2), 299 x 299 x 3").at_most(10.0),
    segmenter("slic", "SLIC(100, 10, sigma 1), 299 x 299 x 3").at_most(5.0),
    segmenter("felzenszwalb", "felzenszwalb(100, 0.5, 50), 299 x 299 x 3").at_most(5.0),
];

/// Our time against our own at other work or with other threads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ourselves {
    pub name: &'static str,
    pub what: &'static str,
    pub package: &'static str,
    pub samples: usize,
    /// What is measured, and against what: work and threads.
    pub work: (&'static str, usize),
    pub against: (&'static str, usize),
    /// At most so many times as long.
    pub at_most: f64,
    pub runs: usize,
    pub rounds: usize,
}

pub(crate) const OURSELVES: [Ourselves; 2] = [
    Ourselves {
        name: "forward-selection",
        what: "forward selection of 6 over no selection",
        package: "lime-tabular",
        samples: 5_000,
        work: ("forward", 1),
        against: ("quartile", 1),
        at_most: 1.3,
        runs: 20,
        rounds: usize::MAX,
    },
    Ourselves {
        name: "rows-threads",
        what: "569 rows, two threads over one",
        package: "lime-tabular",
        samples: 5_000,
        work: ("rows", 2),
        against: ("rows", 1),
        at_most: 1.0 / 1.85,
        runs: 1,
        rounds: 9,
    },
];

/// Peak memory at many samples over that at few, on both sides.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Growth {
    pub name: &'static str,
    pub what: &'static str,
    pub work: &'static str,
    pub package: &'static str,
    pub peer: &'static str,
    pub script: &'static str,
    pub samples: (usize, usize),
    /// At most so many MiB.
    pub at_most: f64,
}

pub(crate) const GROWTH: [Growth; 2] = [
    Growth {
        name: "memory",
        what: "peak memory, tabular, quartile bins",
        work: "quartile",
        package: "lime-tabular",
        peer: "lime",
        script: "lime/tabular.py",
        samples: (10_000, 1_000_000),
        at_most: 16.0,
    },
    Growth {
        name: "image-memory",
        what: "peak memory, image 299 x 299 x 3, f32",
        work: "image-f32",
        package: "lime-image",
        peer: "lime",
        script: "lime/image.py",
        samples: (300, 3_000),
        at_most: 2.0,
    },
];
