package diagnose

import (
	"archive/tar"
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
)

// ArchiveCheck is the ID of the result about an archive: how many of its files were of use.
const ArchiveCheck = Prefix + "archive"

// archive is what became of the files of one, such as a tech support file.
type archive struct {
	files   int
	used    int // something in them was understood
	passed  int // text in which nothing was
	binary  int // neither text nor a capture
	skipped int // damaged, encrypted, or in too many archives
}

// maxDepth bounds archives inside archives.
const maxDepth = 3

// readTar reads the files of a tar archive in their order.
func (d *Diagnosis) readTar(ctx context.Context, f *fileRecord, r io.Reader, depth int) error {
	f.archive = &archive{}
	t := tar.NewReader(r)
	for ctx.Err() == nil {
		head, err := t.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return f.broke(fmt.Errorf("after %d files: unpack tar: %w", f.archive.files, err))
		}
		if head.Typeflag == tar.TypeReg {
			d.readMember(ctx, f, head.Name, t, depth)
		}
	}
	return context.Cause(ctx)
}

// readZip reads the files of a zip archive. Where they are stands at its end, so that it takes a
// file and not a stream.
func (d *Diagnosis) readZip(ctx context.Context, f *fileRecord, r io.Reader, depth int) error {
	file, ok := r.(interface {
		io.ReaderAt
		io.Seeker
	})
	if !ok {
		return f.broke(errors.New("this is a zip archive within something else: unpack it and give the files inside"))
	}
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return f.broke(err)
	}
	z, err := zip.NewReader(file, size)
	if err != nil {
		return f.broke(fmt.Errorf("unpack zip: %w", err))
	}
	f.archive = &archive{}
	for _, head := range z.File {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !head.Mode().IsRegular() {
			continue
		}
		in, err := head.Open()
		if err != nil || head.Flags&1 != 0 { // encrypted
			f.archive.files++
			f.archive.skipped++
			f.note(fmt.Sprintf("%q: cannot be unpacked", clipped(head.Name)))
			continue
		}
		d.readMember(ctx, f, head.Name, in, depth)
		in.Close()
	}
	return nil
}

// broke says that reading ended early.
func (f *fileRecord) broke(err error) error {
	f.fail(err)
	return fmt.Errorf("%s: %w", f.name, err)
}

// readMember reads a file of an archive. What goes wrong with it is no reason to leave the others.
func (d *Diagnosis) readMember(ctx context.Context, in *fileRecord, name string, r io.Reader, depth int) {
	a := in.archive
	a.files++
	f := &fileRecord{name: in.name + "!" + clipped(name), member: true}
	d.files = append(d.files, f)
	err := d.readAs(ctx, f, r, depth+1)
	switch {
	case f.counts.Understood > 0 || f.archive != nil && f.archive.used > 0:
		a.used++
		return
	case errors.Is(err, errBinary):
		a.binary++
	case err != nil && ctx.Err() == nil:
		a.skipped++
		in.note(err.Error())
	default:
		a.passed++
	}
	for _, n := range f.notes {
		if err == nil { // otherwise it is told
			in.note(f.name + ": " + n)
		}
	}
	d.files = d.files[:len(d.files)-1] // nothing was found in it
}

// errBinary is what a file of an archive is that cannot be read at all.
var errBinary = errors.New("neither text nor a capture")

// archiveResult says how many of an archive's files were of use.
func archiveResult(f *fileRecord) check.Result {
	a := f.archive
	r := check.Result{
		Check: ArchiveCheck, Target: f.name, Source: source, Status: check.Pass,
		Title:   lang.Text{EN: "the archive holds something that is understood", JA: "アーカイブに理解できる内容がある"},
		Summary: fmt.Sprintf("%s: something was understood in %d of %d files", f.name, a.used, a.files),
		Measures: []check.Measure{
			{Name: "files", Value: float64(a.files), Unit: "files"},
			{Name: "understood", Value: float64(a.used), Unit: "files"},
			{Name: "neither text nor capture", Value: float64(a.binary), Unit: "files"},
			{Name: "not read", Value: float64(a.skipped), Unit: "files"},
		},
	}
	return f.told(r, a.used > 0, "unpack it, and give the firewall's log, such as var/log/pan/useridd.log")
}
