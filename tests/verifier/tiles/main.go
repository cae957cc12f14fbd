// Reads a log exported as files of c2sp.org/tlog-tiles by Go's own sumdb packages, which know nothing of the product:
// go run . DIRECTORY VKEY prints the size and the root, derived from the entries alone and equal to what was signed.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type files string

func (directory files) Height() int { return 8 }

func (directory files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	found := make([][]byte, len(tiles))
	for number, tile := range tiles {
		// Go writes the height into the path; tlog-tiles, where it is always 8, does not.
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		content, err := os.ReadFile(filepath.Join(string(directory), path))
		if err != nil {
			return nil, err
		}
		found[number] = content
	}
	return found, nil
}

func (directory files) SaveTiles([]tlog.Tile, [][]byte) {}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	directory, vkey := os.Args[1], os.Args[2]
	verifier, err := note.NewVerifier(vkey)
	must(err)
	content, err := os.ReadFile(filepath.Join(directory, "checkpoint"))
	must(err)
	opened, err := note.Open(content, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	signed, err := base64.StdEncoding.DecodeString(lines[2])
	must(err)
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], signed)

	// By the tiles: the reader holds each tile against the signed root before it gives a hash.
	byTiles := tlog.TileHashReader(tree, files(directory))
	root, err := tlog.TreeHash(size, byTiles)
	must(err)
	// By the entries alone.
	var stored []tlog.Hash
	kept := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for number, index := range indexes {
			hashes[number] = stored[index]
		}
		return hashes, nil
	})
	place := int64(0)
	for index := int64(0); index*256 < size; index++ {
		width := min(256, int(size-index*256))
		bundle := tlog.Tile{H: 8, L: -1, N: index, W: width}
		path := strings.Replace(bundle.Path(), "tile/8/data/", "tile/entries/", 1)
		content, err := os.ReadFile(filepath.Join(directory, path))
		must(err)
		for ; len(content) > 0; place++ {
			end := 2 + int(binary.BigEndian.Uint16(content))
			hashes, err := tlog.StoredHashes(place, content[2:end], kept)
			must(err)
			stored = append(stored, hashes...)
			content = content[end:]
		}
	}
	if place != size {
		must(fmt.Errorf("%d entries, and a checkpoint of %d", place, size))
	}
	derived, err := tlog.TreeHash(size, kept)
	must(err)
	if derived != root || root != tree.Hash {
		must(fmt.Errorf("the entries have the root %v, the tiles %v, and %v was signed", derived, root, tree.Hash))
	}
	// A proof made from the tiles, and one that must not hold.
	proof, err := tlog.ProveRecord(size, size/2, byTiles)
	must(err)
	must(tlog.CheckRecord(proof, size, root, size/2, stored[tlog.StoredHashIndex(0, size/2)]))
	if tlog.CheckRecord(proof, size, root, size/2, tlog.RecordHash([]byte("another"))) == nil {
		must(fmt.Errorf("a leaf that is not there was accepted"))
	}
	fmt.Println(size, base64.StdEncoding.EncodeToString(derived[:]))
}
