--- Markdown for clients that show it, and for those that do not.
local markup = require("engine.markup")

local TEXT = [==[
**L031 unpinned: `a`**

`image`: see [images](../images.md), [chrono](https://docs.rs/chrono/) and `[a](b.md)`.

```toml
a = [1](2) # **`x`**
```
]==]

describe("engine.markup", function()
  it("leaves out marks and fences where the client shows none", function()
    assert.same({ kind = "plaintext", value = [==[
L031 unpinned: a

image: see images, chrono (https://docs.rs/chrono/) and [a](b.md).

a = [1](2) # **`x`**
]==] }, markup.of(TEXT, false))
  end)

  it("keeps the words alone of links that lead nowhere", function()
    local want = TEXT:gsub("%[images%]%(%.%./images%.md%)", "images")
    assert.same({ kind = "markdown", value = want }, markup.of(TEXT, true))
  end)

  it("leaves unfinished marks as they are", function()
    for _, text in ipairs({ "", "[", "[a](", "`", "a [b] (c)", "*", "a `b" }) do
      assert.equal(text, markup.plain(text))
      assert.equal(text, markup.markdown(text))
    end
  end)
end)
