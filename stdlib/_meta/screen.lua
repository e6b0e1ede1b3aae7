---@meta core.screen

--- The whole screen of a terminal: cells in, keys out, by ncurses.  The terminal is given back
--- whatever becomes of this program.
---@class core.screen
local screen = {}

--- A terminal that is drawn on as a whole.  A to-be-closed value; there is one at a time.
---@class core.screen.Screen
local Screen = {}

--- Opens the terminal at standard input and output; nothing is shown before `enter` and `frame`.
--- `core.term.guard` comes first.
---@param term string its name, as $TERM has it
---@param has_color boolean
---@return core.screen.Screen? screen
---@return core.Error? err ENOTTY, ENOTSUP: not such a terminal, EBUSY, EPLUGIN
function screen.open(term, has_color) end

--- Leaves it, for good.
function Screen:close() end

--- Takes the terminal: keys come as they are pressed; Ctrl-C and Ctrl-Z stay signals.
---@return true? ok
---@return core.Error? err EPERM: we are not in the foreground
function Screen:enter() end

--- Empties all cells of the next frame.
function Screen:erase() end

--- Draws what was put, and only what differs from the frame before.
---@return boolean? is_drawn false: not now, the terminal has not taken the last one, or was left
---@return core.Error? err the terminal is gone
function Screen:frame() end

--- Gives the terminal back: what stood on it is there again.
function Screen:leave() end

--- Waits for a key: a character, or the name of a special one: up, down, left, right, home, end,
--- pgup, pgdn, insert, delete, back, tab, backtab, enter, escape, f1, ctrl-l; other.
---@async
---@return string? key
---@return boolean|core.Error|nil is_special or the error: EIO: the terminal is gone or not ours any
---more; ECANCELED
function Screen:next() end

--- Puts a text into cells of the next frame; what lies outside of the screen is left out.
---@param y integer row, from 0
---@param x integer column, from 0
---@param width integer columns that it may take
---@param text string what is no character in it is shown as "?"
---@param style? string words with blanks between: red, green, yellow, blue, magenta, cyan, bold,
---dim, reverse, underline
---@return integer columns that it took
function Screen:put(y, x, width, text, style) end

--- Follows the size of the terminal; the next frame draws all of it anew.
---@return boolean has_changed
function Screen:resize() end

--- Sends bytes that draw nothing: a bell, a text for the clipboard.
---@param bytes string
---@return boolean? is_sent
---@return core.Error? err
function Screen:send(bytes) end

--- Returns the size that frames have.
---@return integer rows
---@return integer columns
function Screen:size() end

return screen
