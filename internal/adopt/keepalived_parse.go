package adopt

import "strings"

// kaNode is a line of a keepalived.conf, in words, with the block behind it.
type kaNode struct {
	line  int
	words []string
	body  []*kaNode
}

// all gives the lines of the block that begin with this word.
func (n *kaNode) all(word string) []*kaNode {
	var found []*kaNode
	for _, child := range n.body {
		if len(child.words) > 0 && child.words[0] == word {
			found = append(found, child)
		}
	}
	return found
}

// has says whether such a line is there.
func (n *kaNode) has(word string) bool { return len(n.all(word)) > 0 }

// value is the last such line's second word; empty where there is none.
func (n *kaNode) value(word string) string {
	lines := n.all(word)
	if len(lines) == 0 {
		return ""
	}
	return lines[len(lines)-1].word(1)
}

// word gives one word of the line; empty where it has fewer.
func (n *kaNode) word(i int) string {
	if i < len(n.words) {
		return n.words[i]
	}
	return ""
}

// parseKeepalived reads the blocks of a keepalived.conf.
func (s *source) parseKeepalived(text string) *kaNode {
	root := &kaNode{}
	open := []*kaNode{root} // from the outside in
	for i, line := range strings.Split(text, "\n") {
		words, closed := splitKeepalived(line)
		if !closed {
			s.fail(i+1, "close it", "a quote is not closed")
			continue
		}
		var pending []string
		flush := func() {
			if len(pending) > 0 {
				inner := open[len(open)-1]
				inner.body = append(inner.body, &kaNode{line: i + 1, words: pending})
				pending = nil
			}
		}
		for _, word := range words {
			switch word {
			case openBrace:
				flush()
				open = append(open, opened(open[len(open)-1], i+1))
			case closeBrace:
				flush()
				if len(open) == 1 {
					s.fail(i+1, "delete it, or open its block", "} without a block")
					continue
				}
				open = open[:len(open)-1]
			default:
				pending = append(pending, word)
			}
		}
		flush()
	}
	for _, block := range open[1:] {
		s.fail(block.line, "close it with }", "the block %s is not closed", block.word(0))
	}
	return root
}

// opened is the node whose block begins: the last one, or one without a name.
func opened(inner *kaNode, line int) *kaNode {
	if n := len(inner.body); n > 0 && inner.body[n-1].body == nil {
		inner.body[n-1].body = []*kaNode{}
		return inner.body[n-1]
	}
	node := &kaNode{line: line, body: []*kaNode{}}
	inner.body = append(inner.body, node)
	return node
}

// Braces outside of quotes, as words of their own; no other word has a zero byte.
const (
	openBrace  = "\x00{"
	closeBrace = "\x00}"
)

// splitKeepalived gives the words of a line; false where a quote is not closed. ! and # begin a comment.
func splitKeepalived(line string) (words []string, closed bool) {
	var word strings.Builder
	var quote rune
	var inWord, variable bool
	end := func() {
		words = ended(words, &word, inWord)
		inWord = false
	}
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, inWord = r, true
		case r == '#' || r == '!':
			end()
			return words, true
		case r == '{' && strings.HasSuffix(word.String(), "$"):
			variable = true
			word.WriteRune(r)
		case r == '}' && variable:
			variable = false
			word.WriteRune(r)
		case r == '{' || r == '}':
			end()
			words = append(words, "\x00"+string(r))
		case r == ' ' || r == '\t' || r == '\r':
			end()
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	end()
	return words, quote == 0
}
