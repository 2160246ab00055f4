package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.github.luben.zstd.ZstdInputStream;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.NoSuchElementException;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;

/**
 * The served page in a real browser, of a real image in which a guest's process has been given
 * names that are markup. Pictures of every view in both themes are left in {@code
 * target/screenshots}.
 */
class ServeBrowserTest {

  private static final Path BROWSER = Path.of("/usr/bin/chromium");
  private static final Path DRIVER = Path.of("/usr/bin/chromedriver");
  private static final int PATIENCE_MILLIS = 30_000;
  private static final Path PICTURES = Path.of("target/screenshots");

  /** In place of the name "marker" and of its argument, of the same lengths. */
  private static final String NAME = "<b>&\"'";

  private static final String ARGUMENT = "<img src=x onerror=document.title=1>";

  private static final Logger DEV_TOOLS =
      Logger.getLogger("org.openqa.selenium.devtools.CdpVersionFinder");

  @TempDir private static Path folder;
  private static ServedSample served;
  private static ChromeDriver browser;

  @BeforeAll
  static void open() throws Exception {
    assumeTrue(
        Files.isExecutable(BROWSER) && Files.isExecutable(DRIVER),
        "Chromium and its driver are not installed (apt install chromium chromium-driver)");
    Path image = folder.resolve("hostile.elf");
    try (InputStream packed = Files.newInputStream(Path.of(CommandRun.sample("kvm-npt.elf.zst")))) {
      Files.write(image, hostile(new ZstdInputStream(packed).readAllBytes()));
    }
    served = new ServedSample(image);
    DEV_TOOLS.setLevel(Level.OFF);
    ChromeOptions options = new ChromeOptions();
    options.setBinary(BROWSER.toString());
    options.addArguments(
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--force-prefers-reduced-motion",
        "--window-size=1440,1200",
        "--user-data-dir=" + folder.resolve("profile"));
    browser =
        new ChromeDriver(
            new ChromeDriverService.Builder().usingDriverExecutable(DRIVER.toFile()).build(),
            options);
    browser.get(served.address().toString());
    Files.createDirectories(PICTURES);
  }

  /** The image with the guest's "marker L2 dcc8..." under other names: task and command line. */
  private static byte[] hostile(byte[] image) {
    replace(image, "marker\0\0\0\0\0\0\0\0\0\0", NAME + "\0\0\0\0\0\0\0\0\0\0");
    replace(image, "L2\0dcc8b904605361cd\0", ARGUMENT.substring(0, 19) + "\0");
    return image;
  }

  private static void replace(byte[] in, String text, String by) {
    byte[] from = text.getBytes(StandardCharsets.ISO_8859_1);
    byte[] to = by.getBytes(StandardCharsets.ISO_8859_1);
    assertThat(to).hasSameSizeAs(from);
    int count = 0;
    for (int i = 0; i + from.length <= in.length; i++) {
      if (in[i] == from[0]
          && java.util.Arrays.equals(in, i, i + from.length, from, 0, from.length)) {
        System.arraycopy(to, 0, in, i, to.length);
        count++;
      }
    }
    assertThat(count).as(text).isPositive();
  }

  @AfterAll
  static void close() {
    if (browser != null) {
      browser.quit();
    }
    if (served != null) {
      served.close();
    }
  }

  @BeforeEach
  void forgetMessages() {
    browser.manage().logs().get(LogType.BROWSER);
  }

  private static WebElement go(String hash, String view) {
    browser.executeScript("location.hash = arguments[0]", "#/0/none");
    browser.executeScript("location.hash = arguments[0]", hash);
    until(
        () ->
            view.equals(
                browser.executeScript("return document.getElementById('main').dataset.ready")));
    return browser.findElement(By.id("main"));
  }

  private static void until(BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000L;
    while (true) {
      try {
        if (condition.getAsBoolean()) {
          return;
        }
      } catch (StaleElementReferenceException | NoSuchElementException e) {
        // The page is being drawn.
      }
      assertThat(System.nanoTime()).as("waited long enough").isLessThan(end);
      LockSupport.parkNanos(50_000_000);
    }
  }

  private static WebElement id(String id) {
    return browser.findElement(By.id(id));
  }

  private static List<WebElement> rows(String table) {
    return browser.findElements(By.cssSelector("#" + table + " tbody tr"));
  }

  private static void noFaults() {
    assertThat(browser.manage().logs().get(LogType.BROWSER).getAll())
        .filteredOn(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "machines  | #/0/machines                                    | vm1",
        "layers    | #/0/layers?machine=vm1                          | vm1's memory over the"
            + " host's",
        "processes | #/0/processes?kernel=true                       | 107",
        "process   | #/0/process?machine=vm1&pid=86                  | 0x7ffce79dc000",
        "address   | #/0/address?machine=vm1&pid=86&at=0x1a87e040    | 0x4a1d040",
        "hex       | #/0/hex?machine=vm1&pid=86&at=0x1a87e000        | NESTED-MARKER-L2",
        "findings  | #/0/findings                                    | writable-executable",
        "rules     | #/0/rules                                       | no rules were followed",
        "network   | #/0/network?protocol=netlink                    | host",
        "modules   | #/0/modules                                     | kvm_amd",
        "log       | #/0/log?q=kvm                                   | Nested Virtualization",
        "timeline  | #/0/timeline?machine=vm1                        | process-start",
        "list      | #/0/list?of=check                               | hidden-module",
        "list      | #/0/list?of=control                             | intercept_exceptions",
        "list      | #/0/list?of=lsof&machine=vm1&pid=88             | /run/shared.dat",
        "search    | #/0/search?q=hpa:0x4a1d040                      | 98 vmm",
        "find      | #/0/find?text=NESTED-MARKER-L2                  | 0x4a1d040",
        "image     | #/0/image                                       | npt_enabled",
      })
  void everyViewIsADeepLinkInBothThemesAndWidths(String view, String hash, String shows)
      throws Exception {
    for (String theme : List.of("light", "dark")) {
      browser.executeCdpCommand(
          "Emulation.setEmulatedMedia",
          Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", theme))));
      WebElement main = go(hash, view);
      assertThat(main.getText()).contains(shows);
      Files.write(
          PICTURES.resolve(
              "%s-%s.png".formatted(hash.replaceAll("^#/0/|\\?of=|[?&=].*|\\W", ""), theme)),
          browser.getScreenshotAs(OutputType.BYTES));
    }
    assertThat(browser.executeScript("return getComputedStyle(document.body).backgroundColor"))
        .isEqualTo("rgb(20, 24, 29)");
    browser.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", 700, "height", 1000, "deviceScaleFactor", 1, "mobile", false));
    assertThat(
            browser.executeScript(
                "return document.documentElement.scrollWidth <= window.innerWidth"))
        .as("nothing is cut off at 700 pixels")
        .isEqualTo(true);
    browser.executeCdpCommand("Emulation.clearDeviceMetricsOverride", Map.of());
    assertThat(
            browser.executeScript(
                "return [...document.querySelectorAll('input, select, canvas, svg[role=img]')]"
                    + ".filter(n => !n.closest('label') && !n.getAttribute('aria-label')).length"))
        .as("every control and picture has a name")
        .isEqualTo(0L);
    noFaults();
  }

  @Test
  void namesAreTextWhateverTheyHold() {
    WebElement main = go("#/0/process?machine=vm1&pid=86", "process");
    assertThat(id("process-title").getText()).isEqualTo("Process 86 " + NAME + " on vm1");
    assertThat(main.getText()).contains(ARGUMENT.substring(0, 19));
    go("#/0/processes?machine=vm1", "processes");
    assertThat(id("process-table").getText()).contains(NAME);
    go("#/0/search?q=pid:86%20machine:vm1%20kind:process", "search");
    assertThat(id("result-table").getText()).contains(NAME);
    assertThat(browser.findElements(By.cssSelector("main b img, main img, main script"))).isEmpty();
    assertThat(browser.getTitle()).endsWith("Nestwalk");
    noFaults();
  }

  @Test
  void processesAreSortedAndFilteredByEveryColumn() {
    go("#/0/processes", "processes");
    browser.findElement(By.cssSelector("th input[aria-label='filter Name']")).sendKeys("vmm");
    assertThat(rows("process-table")).hasSize(1);
    assertThat(browser.getCurrentUrl()).contains("name=vmm");
    browser.navigate().refresh();
    until(() -> rows("process-table").size() == 1);
    go("#/0/processes?root=0x4b3c000", "processes");
    assertThat(rows("process-table")).hasSize(1);
    go("#/0/processes", "processes");
    WebElement pid = browser.findElement(By.xpath("//th/button[text()='Pid']"));
    pid.click();
    pid.click();
    assertThat(rows("process-table").getFirst().getText()).startsWith("host 98");
    assertThat(browser.getCurrentUrl()).contains("sort=-pid");
    rows("process-table").getFirst().sendKeys(Keys.ENTER);
    until(() -> browser.getCurrentUrl().contains("/process?machine=host&pid=98"));
    noFaults();
  }

  @Test
  void theWalkAndTheOwnersOfAnAddressAreShown() {
    go("#/0/machines", "machines");
    id("box").sendKeys("0x4a1d040", Keys.ENTER);
    until(() -> !rows("owner-table").isEmpty());
    assertThat(id("owner-table").getText()).contains("vm1 86", "host 98 vmm", "0x1a87e040");
    go("#/0/address?machine=vm1&pid=86&at=0x1a87e040", "address");
    List<WebElement> steps = browser.findElements(By.cssSelector("#walk g.step"));
    assertThat(steps).hasSize(23);
    browser.executeScript("arguments[0].focus()", steps.get(4));
    steps.get(4).sendKeys(Keys.ENTER);
    assertThat(id("walk-step").getText()).contains("5 of 23, guest PML4", "0xa9a1000");
    go("#/0/address?machine=vm1&pid=86&at=0x10", "address");
    assertThat(id("fault").getText()).contains("Not mapped: guest");
    noFaults();
  }

  @Test
  void aPlaceInThePictureTellsItsOwnersByMouseAndByKeyboard() {
    go("#/0/layers?machine=vm1&from=0x1e00000&to=0x1e40000", "layers");
    WebElement canvas = id("memory-canvas");
    browser.executeScript("arguments[0].focus()", canvas);
    // The 30th cell of 4 KiB: 0x1e1d000.
    for (int i = 0; i < 0x1d; i++) {
      canvas.sendKeys(Keys.ARROW_RIGHT);
    }
    canvas.sendKeys(Keys.ENTER);
    until(() -> !rows("owner-table").isEmpty());
    assertThat(id("cell").getText()).contains("Guest-physical 0x1e1d000", "vm1 86", "0x4a1d000");
    id("layers-canvas").click();
    until(() -> !id("cell").getText().contains("0x1e1d000, "));
    noFaults();
  }

  @Test
  void theTimelineIsZoomedFilteredAndSentAround() {
    go("#/0/timeline?machine=vm1&off=log", "timeline");
    int all = rows("timeline-table").size();
    assertThat(id("timeline-table").getText()).doesNotContain(" log ");
    WebElement canvas = id("timeline-canvas");
    browser.executeScript("arguments[0].focus()", canvas);
    String whole = id("timeline-window").getText();
    canvas.sendKeys("+", Keys.ARROW_RIGHT);
    until(() -> browser.getCurrentUrl().contains("from="));
    String closer = id("timeline-window").getText();
    assertThat(closer).isNotEqualTo(whole);
    assertThat(rows("timeline-table").size()).isBetween(1, all - 1);
    List<String> shown = rows("timeline-table").stream().map(WebElement::getText).toList();
    browser.navigate().refresh();
    until(() -> id("timeline-window").getText().equals(closer));
    assertThat(rows("timeline-table")).extracting(WebElement::getText).isEqualTo(shown);
    id("timeline-canvas").sendKeys(Keys.HOME);
    until(() -> id("timeline-window").getText().equals(whole));
    id("kind-log").click();
    until(() -> id("timeline-table").getText().contains("Linux version"));
    browser
        .findElement(By.cssSelector("th input[aria-label='filter Event']"))
        .sendKeys("process-start");
    until(() -> rows("timeline-table").size() == 52);
    // The filter stays where a page is opened with it and then zoomed.
    until(() -> browser.getCurrentUrl().contains("process-start"));
    browser.navigate().refresh();
    until(() -> rows("timeline-table").size() == 52);
    id("timeline-canvas").sendKeys("+");
    until(() -> browser.getCurrentUrl().contains("from="));
    assertThat(browser.getCurrentUrl()).contains("process-start");
    noFaults();
  }

  @Test
  void aListLinksToProcessesAndAddresses() {
    go("#/0/list?of=lsof&machine=vm1&pid=88&c.path=shared.dat", "list");
    assertThat(rows("list-table")).hasSize(1);
    WebElement row = rows("list-table").getFirst();
    assertThat(row.findElement(By.linkText("88")).getAttribute("href"))
        .endsWith("#/0/process?machine=vm1&pid=88");
    WebElement object = row.findElement(By.cssSelector("a[href*=kernel]"));
    assertThat(object.getText()).startsWith("0xffff");
    object.click();
    until(() -> browser.getCurrentUrl().contains("/address?"));
    until(() -> !browser.findElements(By.id("address-facts")).isEmpty());
    assertThat(browser.findElements(By.id("fault"))).isEmpty();
    noFaults();
  }

  @Test
  void anEmptyListSaysWhereNothingWasFound() {
    go("#/0/list?of=bash", "list");
    assertThat(id("none").getText()).isEqualTo("None found on host, vm1.");
    go("#/0/list?of=bash&machine=vm1", "list");
    assertThat(id("none").getText()).isEqualTo("None found on vm1.");
    noFaults();
  }

  /** Times of files have nine digits behind the second: three are shown, all are to be had. */
  @Test
  void timesAreShort() {
    go("#/0/list?of=files&machine=vm1&c.path=shared.dat", "list");
    WebElement time = rows("list-table").getFirst().findElement(By.cssSelector("span[title]"));
    assertThat(time.getText()).matches("[-0-9]{10} [:0-9]{8}\\.[0-9]{3}");
    assertThat(time.getAttribute("title"))
        .startsWith(time.getText().replace(' ', 'T'))
        .matches(".*[0-9]{9}Z");
    noFaults();
  }

  @Test
  void searchAnswersAsOneTypes() {
    go("#/0/search", "search");
    id("query").sendKeys("name:vmm kind:process");
    until(() -> rows("result-table").size() == 1);
    assertThat(id("result-table").getText()).contains("98 vmm");
    id("query").clear();
    id("query").sendKeys("name:(");
    until(() -> !browser.findElements(By.cssSelector("#results .failed")).isEmpty());
    browser.manage().logs().get(LogType.BROWSER); // The refusal is in the log, as it should.
  }

  @Test
  void theThemeIsChosen() {
    go("#/0/machines", "machines");
    WebElement theme = id("theme");
    theme.click();
    assertThat(theme.getText()).isEqualTo("Theme: light");
    theme.click();
    assertThat(theme.getText()).isEqualTo("Theme: dark");
    assertThat(browser.executeScript("return getComputedStyle(document.body).backgroundColor"))
        .isEqualTo("rgb(20, 24, 29)");
    theme.click();
    assertThat(theme.getText()).isEqualTo("Theme: auto");
  }

  @Test
  void whatIsNotThereIsSaid() {
    go("#/0/process?machine=vm1&pid=99999", "failed");
    assertThat(id("main").getText()).contains("no process 99999");
    browser.manage().logs().get(LogType.BROWSER);
  }

  @Test
  void withoutTheTokenThePageIsNotThere() {
    URI address = served.address();
    String other = "http://localhost:%d/?token=wrong".formatted(address.getPort());
    String original = browser.getWindowHandle();
    browser.switchTo().newWindow(org.openqa.selenium.WindowType.TAB);
    try {
      browser.get(other); // Another name: this browser has no cookie for it.
      assertThat(browser.getPageSource()).contains("no valid token").doesNotContain("vm1");
    } finally {
      browser.close();
      browser.switchTo().window(original);
    }
  }
}
