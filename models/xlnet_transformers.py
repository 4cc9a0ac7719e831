"""XLNet's weights as transformers' XLNetLMHeadModel has them: what the module of models/xlnet.py is held against."""

from __future__ import annotations

from torch import Tensor
from transformers import XLNetConfig as TheirConfig
from transformers import XLNetLMHeadModel

from models.xlnet import LanguageModel, Layer


def as_transformers(model: LanguageModel) -> XLNetLMHeadModel:
    """The same model in transformers, in eval mode; it computes the same where every token may see another."""
    config = model.body.config
    theirs = XLNetLMHeadModel(
        TheirConfig(
            vocab_size=config.vocabulary,
            d_model=config.hidden_size,
            n_layer=config.layers,
            n_head=config.heads,
            d_inner=config.intermediate_size,
            dropout=config.dropout,
            attn_type="bi",
            mem_len=10_000,
            reuse_len=None,
        )
    )
    head = config.hidden_size // config.heads

    def split(weight: Tensor) -> Tensor:
        """(H, H) -> (H, n, d), of a projection."""
        return weight.T.reshape(config.hidden_size, config.heads, head)

    weights = {
        "transformer.word_embedding.weight": model.body.table.weight,
        "transformer.mask_emb": model.body.w[None, None],
        "lm_loss.weight": model.body.table.weight,
        "lm_loss.bias": model.bias,
    }
    for number, layer in enumerate(model.body.layers):
        assert isinstance(layer, Layer)
        attention = layer.attention
        weights |= {
            f"transformer.layer.{number}.{name}": weight
            for name, weight in {
                "rel_attn.q": split(attention.query.weight),
                "rel_attn.k": split(attention.key.weight),
                "rel_attn.v": split(attention.value.weight),
                "rel_attn.r": split(attention.offset.weight),
                "rel_attn.o": attention.output.weight.reshape(config.hidden_size, config.heads, head),
                "rel_attn.r_w_bias": attention.content_bias,
                "rel_attn.r_r_bias": attention.offset_bias,
                "rel_attn.r_s_bias": attention.segment_bias,
                "rel_attn.seg_embed": attention.segments,
                "rel_attn.layer_norm.weight": attention.norm.weight,
                "rel_attn.layer_norm.bias": attention.norm.bias,
                "ff.layer_1.weight": layer.wide.weight,
                "ff.layer_1.bias": layer.wide.bias,
                "ff.layer_2.weight": layer.narrow.weight,
                "ff.layer_2.bias": layer.narrow.bias,
                "ff.layer_norm.weight": layer.norm.weight,
                "ff.layer_norm.bias": layer.norm.bias,
            }.items()
        }
    theirs.load_state_dict({name: weight.detach() for name, weight in weights.items()})
    return theirs.eval()
