"""The data sets and weights of others that bundles are made from, each named once with its licence.

docs/data.md says of the data sets how they were derived.
"""

from __future__ import annotations

from hub.card import License


def data(name: str, source: str, license: str) -> License:
    """A data set."""
    return License(name=name, role="data", source=source, license=license)


OWN = License(name="this model", role="weights", source="trained here", license="see the data")

# --- weights and vectors

MINILM = License(
    name="all-MiniLM-L6-v2",
    role="base weights",
    source="https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2",
    license="Apache-2.0",
)
TEACHER = MINILM.model_copy(update={"name": "all-MiniLM-L6-v2, the teacher's base"})
SMOLLM2 = License(
    name="SmolLM2-135M-Instruct",
    role="weights",
    source="https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct",
    license="Apache-2.0",
)
OWN_VECTORS = License(
    name="word vectors, 200-d, made for this project (python -m models.training.vectors)",
    role="word vectors",
    source="English Wikipedia (CC BY-SA 3.0), Standard Ebooks (CC0), OpenStax (CC BY 4.0), Dive into Deep Learning "
    "(CC BY-SA 4.0), film and product reviews (Pang and Lee 2004, Blitzer et al. 2007); all-MiniLM-L6-v2 (Apache-2.0)",
    license="research use, because of the reviews",
)
CHARACTER_VECTORS = License(
    name="Tencent AI Lab embedding, 200-d, characters",
    role="word vectors",
    source="https://ai.tencent.com/ailab/nlp/en/embedding.html",
    license="CC BY 3.0",
)
VECTORS_ZH = CHARACTER_VECTORS.model_copy(update={"name": "Tencent AI Lab character vectors, 200 dimensions"})

# --- labelled texts

SST = License(
    name="SST (Socher et al. 2013)",
    role="data",
    source="https://nlp.stanford.edu/sentiment/",
    license="not stated; research use",
)
SST_PHRASES = data(
    "SST, all labelled phrases (Socher et al. 2013)", "https://nlp.stanford.edu/sentiment/", "not stated; research use"
)
SST2 = data("SST-2", "Socher et al. 2013", "not stated; research use")
SUBJ = data(
    "Subj (Pang and Lee 2004)",
    "https://www.cs.cornell.edu/people/pabo/movie-review-data/",
    "not stated; research use",
)
SUBJ_TEXTS = SUBJ.model_copy(update={"name": "Subj (Pang and Lee 2004), without labels"})
TREC = License(
    name="TREC questions (Li and Roth 2002)",
    role="data",
    source="https://cogcomp.seas.upenn.edu/Data/QA/QC/",
    license="not stated; research use",
)
THUCNEWS = License(
    name="THUCNews headlines (Sun et al. 2016)",
    role="data",
    source="http://thuctc.thunlp.org/",
    license="research use",
)
RETAIL = data("Online Retail (UCI; Chen 2015)", "https://doi.org/10.24432/C5BW33", "CC BY 4.0")
SHOPPING = data(
    "online_shopping_10_cats (ChineseNlpCorpus)",
    "https://github.com/SophonPlus/ChineseNlpCorpus",
    "not stated; research use",
)
RTE = data("RTE", "GLUE, Wang et al. 2019", "as published")
COPA = data("COPA", "Roemmele et al. 2011", "BSD-2")
DIGITS = data(
    "Optical recognition of handwritten digits (Alpaydin and Kaynak 1998), test part",
    "scikit-learn, sklearn.datasets.load_digits; https://archive.ics.uci.edu/dataset/80",
    "CC BY 4.0",
)

# --- words with labels

CONLL = data(
    "CoNLL-2003 named entities (Tjong Kim Sang and De Meulder 2003)",
    "https://www.clips.uantwerpen.be/conll2003/ner/",
    "Reuters text, research use",
)
MSRA = data("MSRA named entities (Levow 2006)", "https://aclanthology.org/W06-0115", "research use")
EWT = data("Universal Dependencies English EWT", "https://universaldependencies.org", "CC BY-SA 4.0")
COARSE_WSD = data("CoarseWSD-20", "Loureiro et al. 2021", "CC BY-NC 4.0")
GSD = data("Universal Dependencies Chinese GSD", "https://universaldependencies.org", "CC BY-SA 4.0")
SEMEME_WSD = data("SememeWSD", "Hou et al. 2020, https://github.com/thunlp/SememeWSD", "MIT")
PROBED = tuple(one.model_copy(update={"name": f"{one.name}, for the probes"}) for one in (EWT, COARSE_WSD, CONLL))
PROBED_ZH = tuple(one.model_copy(update={"name": f"{one.name}, for the probes"}) for one in (GSD, SEMEME_WSD, MSRA))

# --- pairs of sentences

STSB = data("STS-B, training sentences without their scores", "Cer et al. 2017", "CC BY-SA 4.0 and others by genre")
STSB_SCORES = data("STS-B, training scores", "Cer et al. 2017", "CC BY-SA 4.0 and others by genre")
SICK = data("SICK, training sentences without their scores", "Marelli et al. 2014", "CC BY-NC-SA 3.0")
SICK_LABELS = data("SICK", "Marelli et al. 2014", "CC BY-NC-SA 3.0")
MRPC = data("MRPC, training sentences without labels", "Dolan and Brockett 2005", "Microsoft research licence")
MRPC_LABELS = data("MRPC", "Dolan and Brockett 2005", "Microsoft research licence")
NLI = data(
    "development parts of SNLI, MNLI, SciTail and JOCI",
    "Bowman et al. 2015, Williams et al. 2018, Khot et al. 2018, Zhang et al. 2017",
    "CC BY-SA 4.0 (SNLI), others as published",
)
TRIPLETS = data(
    "triplets from seven NLI collections", "see the SNLI and MNLI papers", "Apache-2.0, CC BY-SA, MIT or not stated"
)
CNLI = data(
    "CNLI, parts of SNLI and MNLI translated by machine (training sentences)", "Bowman et al. 2015", "not stated"
)

# --- running text

WIKIPEDIA = data("English Wikipedia of 2015", "https://en.wikipedia.org", "CC BY-SA 3.0")
BOOKS = data(
    "Standard Ebooks; OpenStax and Dive into Deep Learning; World Factbook",
    "https://standardebooks.org, https://openstax.org, https://d2l.ai",
    "CC0; CC BY 4.0 and CC BY-SA 4.0; public domain",
)
DEBIAN = data("Debian package descriptions", "https://packages.debian.org", "as the packages; mostly free software")
CAPTIONS = data("Multi30k captions of Flickr30k", "Young et al. 2014, Elliott et al. 2016", "not stated; research use")
REVIEWS = data("film and product reviews", "Pang and Lee 2004, Blitzer et al. 2007", "research use")
UNLABELLED_REVIEWS = data(
    "film reviews (Pang and Lee 2004), product reviews (Blitzer et al. 2007), without labels",
    "https://www.cs.cornell.edu/people/pabo/movie-review-data/",
    "research use",
)
NEWS = data("news", "Reuters-21578 and BBC", "research use")
SCITLDR = data("SciTLDR", "https://github.com/allenai/scitldr", "Apache-2.0")
POETRY = data("chinese-poetry", "https://github.com/chinese-poetry/chinese-poetry", "MIT; the poems: public domain")
ENGLISH_TEXT = (WIKIPEDIA, BOOKS, DEBIAN, STSB, SICK, MRPC, NLI, CAPTIONS)
CHINESE_TEXT = (
    VECTORS_ZH,
    data(
        "technology articles, laws, classic novels, abstracts, Wikipedia passages",
        "https://linux.cn, https://zh.wikipedia.org and others",
        "Apache-2.0, free, public domain, not stated, CC BY-SA",
    ),
    data("MSRA named entities (texts), THUCNews headlines", "Levow 2006, Sun et al. 2016", "research use"),
    data("online shopping and hotel reviews", "ChineseNlpCorpus; Tan", "not stated"),
    data("Dive into Deep Learning in Chinese", "https://zh.d2l.ai", "Apache-2.0"),
    data("CNSD-SNLI and CMNLI; OCNLI (training sentences)", "CNSD, CLUE, Hu et al. 2020", "academic use; CC BY-NC 2.0"),
    data("AFQMC (training sentences)", "Ant Financial, CLUE", "not stated; research use"),
)
