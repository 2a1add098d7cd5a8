#include "clients/tools/acqctl/watch/terminal.h"

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <langinfo.h>
#include <unistd.h>

#include <array>
#include <clocale>
#include <cstdlib>
#include <cstring>

namespace acq::tool {
namespace {

constexpr std::array<short, 7> kColors = {
    -1, COLOR_GREEN, COLOR_YELLOW, COLOR_CYAN, COLOR_MAGENTA, COLOR_BLUE, COLOR_RED};

attr_t attributes(Style style) {
  attr_t bits = A_NORMAL;
  if (style.is_bold) bits |= A_BOLD;
  if (style.is_dim) bits |= A_DIM;
  if (style.is_reversed) bits |= A_REVERSE;
  return bits;
}

std::optional<Key> special_key(wint_t code) {
  switch (code) {
    case KEY_UP: return Key{Key::Kind::kUp};
    case KEY_DOWN: return Key{Key::Kind::kDown};
    case KEY_PPAGE: return Key{Key::Kind::kPageUp};
    case KEY_NPAGE: return Key{Key::Kind::kPageDown};
    case KEY_ENTER: return Key{Key::Kind::kEnter};
    case KEY_BACKSPACE: return Key{Key::Kind::kBackspace};
    default: return std::nullopt;
  }
}

std::optional<Key> plain_key(wint_t code) {
  switch (code) {
    case '\r':
    case '\n': return Key{Key::Kind::kEnter};
    case '\t': return Key{Key::Kind::kTab};
    case 27: return Key{Key::Kind::kEscape};
    case 8:
    case 127: return Key{Key::Kind::kBackspace};
    default: break;
  }
  if (code < 32) return std::nullopt;
  return Key{Key::Kind::kCharacter, static_cast<char32_t>(code)};
}

}  // namespace

struct Terminal::Impl {
  SCREEN* screen = nullptr;
  bool has_utf8 = false;
  bool has_color = false;
};

Terminal::Terminal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Terminal::~Terminal() {
  endwin();
  delscreen(impl_->screen);
}

Result<std::unique_ptr<Terminal>> Terminal::open() {
  if (isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0) {
    return fail(Code::kUnsupported, "the live view needs a terminal; acqctl dump does not",
                "watch");
  }
  std::setlocale(LC_CTYPE, "");
  auto impl = std::make_unique<Impl>();
  impl->has_utf8 = std::strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
  impl->screen = newterm(nullptr, stdout, stdin);
  if (impl->screen == nullptr) {
    return fail(Code::kUnsupported, "the kind of this terminal is not known", "TERM");
  }
  set_term(impl->screen);
  set_escdelay(25);
  cbreak();
  noecho();
  nonl();
  keypad(stdscr, TRUE);
  nodelay(stdscr, TRUE);
  curs_set(0);
  const char* refused = std::getenv("NO_COLOR");  // no-color.org
  impl->has_color = has_colors() == TRUE && (refused == nullptr || *refused == '\0');
  if (impl->has_color) {
    start_color();
    use_default_colors();
    for (std::size_t i = 1; i < kColors.size(); ++i)
      init_pair(static_cast<short>(i), kColors[i], -1);
  }
  return std::unique_ptr<Terminal>(new Terminal(std::move(impl)));
}

int Terminal::rows() const noexcept {
  return getmaxy(stdscr);
}
int Terminal::columns() const noexcept {
  return getmaxx(stdscr);
}

void Terminal::draw(Grid grid) {
  if (!impl_->has_utf8) grid.to_ascii();
  for (int row = 0; row < std::min(grid.rows(), rows()); ++row) {
    for (int column = 0; column < std::min(grid.columns(), columns()); ++column) {
      const Cell& cell = grid.at(row, column);
      const wchar_t text[2] = {static_cast<wchar_t>(cell.glyph), L'\0'};
      const auto pair = static_cast<short>(impl_->has_color ? cell.style.color : Color::kPlain);
      cchar_t shown;
      setcchar(&shown, text, attributes(cell.style), pair, nullptr);
      mvadd_wch(row, column, &shown);
    }
  }
  refresh();
}

std::optional<Key> Terminal::key() {
  while (true) {
    wint_t code = 0;
    const int kind = get_wch(&code);
    if (kind == ERR) return std::nullopt;
    const auto key = kind == KEY_CODE_YES ? special_key(code) : plain_key(code);
    if (key) return key;
  }
}

}  // namespace acq::tool
